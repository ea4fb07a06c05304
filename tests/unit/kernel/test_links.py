"""The link to unsubscribe: good for one person and list, and for nobody who has not got it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.links import UnsubscribeLinks
from shared.contracts.lists import Unsubscribe, list_id, subscription_id

LINKS = UnsubscribeLinks.of("a secret key for tests, long enough")
TOKEN = LINKS.token("everyone", "a@example.com")
MEANT = Unsubscribe(list_id=list_id("everyone"), subscription_id=subscription_id("everyone", "a@example.com"))


@given(st.text(min_size=1, max_size=200), st.emails())
def test_a_link_means_the_one_subscription_that_it_was_made_for(name: str, email: str) -> None:
    token = LINKS.token(name, email)
    assert LINKS.read(token) == Unsubscribe(list_id=list_id(name), subscription_id=subscription_id(name, email))


def test_neither_the_address_nor_the_list_can_be_read_out_of_a_link() -> None:
    assert LINKS.read(TOKEN) == MEANT
    assert len(TOKEN) == 64
    raw = base64.urlsafe_b64decode(TOKEN)
    for word in (b"example", b"everyone", b"a@"):
        assert word not in raw
        assert word not in TOKEN.encode()


@pytest.mark.parametrize(
    "token", ["", "x", TOKEN[:-1], TOKEN + "A", TOKEN + "AAAA", TOKEN[:-4], TOKEN.swapcase(), " " + TOKEN, "ä" * 64]
)
def test_what_was_not_made_here_means_nothing(token: str) -> None:
    assert LINKS.read(token) is None


@given(st.integers(0, 47), st.integers(1, 255))
def test_a_changed_byte_anywhere_makes_a_link_mean_nothing(place: int, by: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN))
    raw[place] ^= by
    assert LINKS.read(base64.urlsafe_b64encode(raw).decode()) is None


def test_the_link_of_another_installation_means_nothing_and_the_secret_is_not_shown() -> None:
    assert UnsubscribeLinks.of("another secret key, long enough too").read(TOKEN) is None
    assert "secret" not in repr(LINKS)
    assert repr(LINKS.key) not in repr(LINKS)
