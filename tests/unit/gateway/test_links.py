"""Programs that cannot send a key: HTTP Basic and secret links, each good for its purpose, no longer than meant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.links import VOUCHED_FOR, LinkTokens, NotALink, Purpose
from services.gateway.domain.view import View, project
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem
from tests.helpers.provider import claims, oidc, rsa, signed
from tests.unit.gateway.test_caller import a_key
from tests.unit.gateway.test_feed import published

TOKENS = LinkTokens("a secret that nobody else has, so far")
LINKS, ROTATE = "/v1/me/links", "/v1/me/links/rotate"
DOCUMENTS = {"feed_url": "/feed.atom", "calendar_url": "/calendar.ics"}


async def links(door: Door, role: str = "engineer") -> dict[str, str]:
    answer = await door.send("GET", LINKS, role=role)
    assert answer.status_code == 200
    return dict(answer.json())


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def token(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_secret_link_opens_its_document_without_a_key(name: str) -> None:
    door = Door()
    url = (await links(door))[name]
    assert url.startswith(f"https://afterword.example.com{DOCUMENTS[name]}?token=")
    answer = await door.send("GET", path(url), role=None)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")


async def test_a_link_opens_one_document_and_nothing_else() -> None:
    door = Door()
    given = await links(door)
    for other in (
        f"/calendar.ics?token={token(given['feed_url'])}",
        f"/feed.atom?token={token(given['calendar_url'])}",
    ):
        assert is_problem(await door.send("GET", other, role=None), 404, "unknown-link", "token")
    for elsewhere in ("/v1/postmortems", "/v1/events", LINKS):
        answer = await door.send("GET", f"{elsewhere}?token={token(given['feed_url'])}", role=None)
        assert is_problem(answer, 401, "no-valid-key", "Authorization")


async def test_links_are_the_same_until_they_are_rotated_and_useless_afterwards() -> None:
    door = Door()
    old, others = await links(door), await links(door, "reviewer")
    assert await links(door) == old
    new = (await door.send("POST", ROTATE)).json()
    assert set(new) == set(old)
    assert await links(door) == new
    for name in DOCUMENTS:
        assert is_problem(await door.send("GET", path(old[name]), role=None), 404, "unknown-link", "token")
        assert (await door.send("GET", path(new[name]), role=None)).status_code == 200
        assert (await door.send("GET", path(others[name]), role=None)).status_code == 200


async def test_a_rotation_that_is_sent_again_is_the_same_rotation() -> None:
    door = Door()
    first, again, other = [
        (await door.send("POST", ROTATE, headers={"Idempotency-Key": key})).json() for key in ("a", "a", "b")
    ]
    assert first == again != other


async def test_the_link_of_somebody_who_has_no_key_any_more_is_good_for_nothing() -> None:
    door = Door()
    url = (await links(door))["feed_url"]
    door.configured[:] = [key for key in door.configured if key.email != "engineer@example.com"]
    assert is_problem(await door.send("GET", path(url), role=None), 404, "unknown-link", "token")


async def test_the_link_of_a_kept_key_is_good_until_the_key_is_revoked_or_has_ended() -> None:
    door = Door()
    id, headers = await a_key(door, expires_at=NOW + timedelta(days=1))
    url = (await door.send("GET", LINKS, role=None, headers=headers)).json()["feed_url"]
    assert (await door.send("GET", path(url), role=None)).status_code == 200
    door.clock.advance(timedelta(days=1))
    assert is_problem(await door.send("GET", path(url), role=None), 404, "unknown-link", "token")
    door.clock.advance(-timedelta(days=1))
    await door.keys.revoke(id, NOW)
    assert is_problem(await door.send("GET", path(url), role=None), 404, "unknown-link", "token")


async def test_a_key_that_may_not_read_opens_no_link() -> None:
    door = Door()
    _, headers = await a_key(door, scopes=frozenset({"read"}))
    url = (await door.send("GET", LINKS, role=None, headers=headers)).json()["feed_url"]
    door.keys.keys = {
        id: key.model_copy(update={"scopes": frozenset({"report"})}) for id, key in door.keys.keys.items()
    }
    assert is_problem(await door.send("GET", path(url), role=None), 404, "unknown-link", "token")


async def test_a_link_asked_for_with_an_access_token_is_good_for_ninety_days() -> None:
    door = Door(oidc=oidc())
    headers = {"Authorization": f"Bearer {signed(claims(), rsa('k1'))}"}
    url = (await door.send("GET", LINKS, role=None, headers=headers)).json()["calendar_url"]
    door.clock.advance(VOUCHED_FOR - timedelta(seconds=1))
    assert (await door.send("GET", path(url), role=None)).status_code == 200
    door.clock.advance(timedelta(seconds=1))
    assert is_problem(await door.send("GET", path(url), role=None), 404, "unknown-link", "token")


async def test_a_link_sees_what_its_person_sees() -> None:
    draft = a_draft(DraftCreated, restricted=True, readers=("reviewer@example.com",))
    view = project(project(View(id=PM), draft, (NOW, "1")), published(), (NOW, "2"))
    door = Door(views={PM: view})
    for role, sees in (("reviewer", True), ("admin", False)):
        answer = await door.send("GET", path((await links(door, role))["feed_url"]), role=None)
        assert (PM in answer.text) is sees


async def test_a_tool_has_no_links() -> None:
    for method, where in (("GET", LINKS), ("POST", ROTATE)):
        assert is_problem(await Door().send(method, where, role="tool"), 403, "role-needed")
    forged = TOKENS.seal(Purpose.FEED, "tool@example.com", 0)
    assert is_problem(await Door().send("GET", f"/feed.atom?token={forged}", role=None), 404, "unknown-link", "token")


@pytest.mark.parametrize("document", DOCUMENTS.values())
@pytest.mark.parametrize("user", ["", "engineer@example.com", "anything"])
async def test_a_key_is_taken_as_the_password_of_any_user(document: str, user: str) -> None:
    answer = await Door().send("GET", document, role=None, auth=(user, "key-engineer"))
    assert answer.status_code == 200


@pytest.mark.parametrize("document", DOCUMENTS.values())
async def test_who_proves_nothing_is_asked_for_a_password(document: str) -> None:
    for how in ({}, {"auth": ("a", "wrong")}, {"headers": {"Authorization": "Bearer wrong"}}):
        answer = await Door().send("GET", document, role=None, **_any(how))
        assert is_problem(answer, 401, "no-valid-key", "Authorization")
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Afterword", charset="UTF-8"'
    assert (await Door().send("GET", document, role=None, auth=("a", "key-tool"))).status_code == 403
    garbled = await Door().send("GET", document, role=None, headers={"Authorization": "Basic !"})
    assert garbled.status_code == 401
    assert garbled.headers["WWW-Authenticate"].startswith("Basic")


def _any(how: Any) -> dict[str, Any]:
    return dict(how)


async def test_basic_is_for_these_documents_alone() -> None:
    answer = await Door().send("GET", "/v1/postmortems", role=None, auth=("a", "key-engineer"))
    assert is_problem(answer, 401, "no-valid-key", "Authorization")


@given(st.emails(), st.integers(0, 10**6), st.sampled_from(Purpose))
def test_a_token_tells_its_person_and_generation_to_who_made_it(email: str, generation: int, purpose: Purpose) -> None:
    assert TOKENS.open(purpose, TOKENS.seal(purpose, email, generation)) == (email, generation)


@given(st.text())
def test_what_was_not_made_here_is_no_token(text: str) -> None:
    with pytest.raises(NotALink):
        TOKENS.open(Purpose.FEED, text)


@given(st.integers(0, 200), st.integers(1, 127))
def test_a_token_with_any_character_changed_is_no_token(at: int, by: int) -> None:
    good = TOKENS.seal(Purpose.FEED, "a@example.com", 1)
    at %= len(good)
    bad = good[:at] + chr(ord(good[at]) ^ by) + good[at + 1 :]
    with pytest.raises(NotALink):
        TOKENS.open(Purpose.FEED, bad)


def test_the_same_token_in_other_letters_is_no_token() -> None:
    made = (TOKENS.seal(Purpose.FEED, "a@example.com", generation) for generation in range(1000))
    good = next(token for token in made if "-" in token or "_" in token)
    with pytest.raises(NotALink):
        TOKENS.open(Purpose.FEED, good.replace("-", "+").replace("_", "/"))


def test_a_token_of_another_installation_is_no_token_and_the_secret_is_not_in_what_is_logged() -> None:
    with pytest.raises(NotALink):
        LinkTokens("another secret, as long as the first").open(Purpose.FEED, TOKENS.seal(Purpose.FEED, "a@x.org", 0))
    assert "secret" not in repr(TOKENS)
