"""How long the database is waited for: bounded by ourselves, or by whoever writes its URL."""

from __future__ import annotations

from shared.mongo import connect


async def test_waits_are_bounded_and_the_url_s_own_word_counts() -> None:
    for url, seconds in (
        ("mongodb://127.0.0.1:1/", 5),
        ("mongodb://127.0.0.1:1/?replicaSet=rs0", 5),
        ("mongodb://127.0.0.1:1/?replicaSet=rs0&serverselectiontimeoutms=200", 0.2),
    ):
        client = connect(url)
        assert client.delegate.options.server_selection_timeout == seconds
        assert client.delegate.options.timeout == 10
        client.close()
