"""Who may come in at the door: kept keys and access tokens, and what everybody else is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.local.keys import new_key
from services.gateway.adapters.recent_keys import FRESH_FOR
from services.gateway.domain.api_keys import StoredKey
from services.gateway.domain.view import View, project
from shared.contracts.commands import Command, Role
from shared.contracts.events import DraftCreated
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem
from tests.helpers.provider import FakeIssuer, claims, oidc, rsa, signed
from tests.unit.gateway.test_front_door import EVENT

LIST = "/v1/postmortems"


async def a_key(door: Door, role: Role = Role.ENGINEER, **fields: Any) -> tuple[str, dict[str, str]]:
    """Keep a new key; return its id and what to send."""
    id, key = new_key()
    given = {"email": "bot@example.com", "name": "Bot", "role": role, "created_at": NOW, **fields}
    await door.keys.create(StoredKey(id=id, digest=door.digests.of(key), **given))
    return id, {"Authorization": f"Bearer {key}"}


def drafted(**how: Any) -> Door:
    """A door behind which there is a postmortem."""
    return Door(views={PM: project(View(id=PM), a_draft(DraftCreated), (NOW, "e-1"))}, **how)


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def get(door: Door, headers: dict[str, str], path: str = LIST) -> httpx.Response:
    return await door.send("GET", path, role=None, headers=headers)


async def test_a_kept_key_opens_the_door_and_its_use_is_noted() -> None:
    door = Door()
    id, headers = await a_key(door)
    assert (await get(door, headers)).status_code == 200
    assert door.keys.keys[id].last_used_at == NOW


async def test_commands_are_given_in_the_name_of_whoever_has_the_key() -> None:
    door = drafted()
    _, headers = await a_key(door)
    path = f"/v1/postmortems/{PM}/meeting/attendees"
    await door.send("POST", path, role=None, headers=headers)
    ((_, command),) = door.messages.said
    assert isinstance(command, Command)
    assert (command.actor.email, command.actor.role) == ("bot@example.com", Role.ENGINEER)


@pytest.mark.parametrize(
    ("fields", "rule", "told"),
    [
        ({"expires_at": NOW}, "key-expired", "expired on 2026-03-02 at 12:00 UTC"),
        ({"revoked_at": NOW - timedelta(days=1)}, "key-revoked", "was revoked on 2026-03-01 at 12:00 UTC"),
    ],
)
async def test_why_a_key_is_over_is_told_to_whoever_has_it_and_to_no_guess(
    fields: dict[str, Any], rule: str, told: str
) -> None:
    door = Door()
    id, headers = await a_key(door, **fields)
    answer = await get(door, headers)
    assert is_problem(answer, 401, rule, "Authorization")
    assert told in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith(
        f'Bearer error="invalid_token", error_description="The API key {id} '
    )
    assert is_problem(await get(door, bearing(f"aw_{id}_{'x' * 43}")), 401, "no-valid-key", "Authorization")
    assert door.keys.keys[id].last_used_at is None


async def test_a_revoked_key_is_refused_a_few_seconds_later() -> None:
    door = Door()
    id, headers = await a_key(door)
    assert (await get(door, headers)).status_code == 200
    await door.keys.revoke(id, NOW)
    door.clock.advance(FRESH_FOR)
    assert is_problem(await get(door, headers), 401, "key-revoked", "Authorization")


async def test_a_narrowed_key_may_what_its_scopes_say_and_is_told_which_one_lacks() -> None:
    door = Door()
    _, headers = await a_key(door, scopes=frozenset({"report"}))
    assert (await door.send("POST", "/v1/incidents", json=EVENT, role=None, headers=headers)).status_code == 202
    answer = await get(door, headers)
    assert is_problem(answer, 403, "scope-needed")
    assert answer.json()["scope"] == "read_postmortems"
    assert "takes the scope read_postmortems, or read" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="read_postmortems"'


async def test_without_a_credential_the_challenge_names_no_error() -> None:
    answer = await get(Door(), {})
    assert is_problem(answer, 401, "no-valid-key", "Authorization")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("credential", ["x", "aw_0123abcd_short", "a.b.c", "a.b.c.d.e", "key-engineer "])
async def test_a_credential_of_nobody_is_refused(credential: str) -> None:
    headers = bearing(credential)
    for door in (Door(), Door(oidc=oidc())):
        answer = await get(door, headers)
        assert answer.status_code == (200 if credential.strip() == "key-engineer" else 401)
        if answer.status_code == 401:
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_an_access_token_opens_the_door_for_the_person_it_speaks_for() -> None:
    door = drafted(oidc=oidc())
    path = f"/v1/postmortems/{PM}/meeting/attendees"
    answer = await door.send("POST", path, role=None, headers=bearing(signed(claims(), rsa("k1"))))
    ((_, command),) = door.messages.said
    assert answer.status_code in (200, 202)
    assert isinstance(command, Command)
    assert (command.actor.name, command.actor.email) == ("Pat Doe", "pat.doe@example.com")


async def test_the_role_of_a_token_is_held_to_the_same_table() -> None:
    door = Door(oidc=oidc())
    for groups, status in ((["reviewers"], 200), (["pagers"], 403)):
        answer = await get(door, bearing(signed(claims(groups=groups), rsa("k1"))))
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"exp": int(NOW.timestamp()) - 60}, "The token has expired"),
        ({"aud": "https://other.example.com"}, "The token is for another audience"),
        ({"iss": "https://evil.example.com"}, "The token is from another issuer"),
    ],
)
async def test_a_token_that_is_not_good_is_told_what_to_do(changes: dict[str, Any], told: str) -> None:
    answer = await get(Door(oidc=oidc()), bearing(signed(claims(**changes), rsa("k1"))))
    assert is_problem(answer, 401, "invalid-token", "Authorization")
    assert answer.json()["detail"].startswith(told)
    assert answer.headers["WWW-Authenticate"].startswith(f'Bearer error="invalid_token", error_description="{told}')


@pytest.mark.parametrize(
    ("changes", "rule"),
    [({"groups": []}, "no-role"), ({"email": None}, "email-needed"), ({"email_verified": False}, "email-unverified")],
)
async def test_a_genuine_token_of_nobody_here_is_forbidden(changes: dict[str, Any], rule: str) -> None:
    answer = await get(Door(oidc=oidc()), bearing(signed(claims(**changes), rsa("k1"))))
    assert is_problem(answer, 403, rule, "Authorization")


async def test_a_token_that_cannot_be_verified_now_is_to_be_sent_again() -> None:
    door = Door(oidc=oidc(FakeIssuer(away=True)))
    assert (await get(door, bearing(signed(claims(), rsa("k1"))))).status_code == 200
    answer = await get(door, bearing(signed(claims(), rsa("k2"))))
    assert is_problem(answer, 503, "issuer-away")
    assert answer.headers["Retry-After"] == "10"


async def test_the_issuer_is_not_asked_for_the_key_of_what_can_be_no_access_token() -> None:
    issuer = FakeIssuer()
    door = Door(oidc=oidc(issuer))
    for token in (
        signed(claims(), rsa("k1"), typ="JWT"),
        "a.b.c",
        signed(claims(), rsa("k1"), jku="https://x.example"),
    ):
        assert is_problem(await get(door, bearing(token)), 401, "invalid-token", "Authorization")
    assert issuer.asked == []
