"""Where the mails of a stack lie: in a Maildir beside it, or at a mail catcher that is asked over HTTP."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

PAGE = 100


def kept(run: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield every mail that has arrived, as it was sent.

    `run` names a `mail_url` (Mailpit's API, as docker-compose.yml has it), else a `mail_dir`.
    """
    if run.get("mail_url"):
        yield from _of_mailpit(str(run["mail_url"]))
        return
    box: mailbox.Maildir = mailbox.Maildir(run["mail_dir"], create=False)
    for key in box.iterkeys():
        yield box.get_bytes(key)


def _of_mailpit(url: str) -> Iterator[bytes]:
    with httpx.Client(base_url=url, timeout=10.0) as client:
        for mail in _listed(client):
            answer = client.get(f"/api/v1/message/{mail['ID']}/raw")
            answer.raise_for_status()
            yield answer.content


def _listed(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = client.get("/api/v1/messages", params={"start": len(found), "limit": PAGE})
        answer.raise_for_status()
        page = answer.json()["messages"]
        found += page
        if len(page) < PAGE:
            return found
