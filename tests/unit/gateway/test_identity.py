"""Who somebody is by the claims of their token: name, address, and the highest role of their groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.gateway.domain.identity import NobodyHere, Roles, role_of, somebody
from shared.contracts.commands import Actor, Role
from tests.helpers.provider import ROLES, claims


def test_a_person_is_known_by_their_address_and_has_the_role_of_their_group() -> None:
    assert somebody(claims(), ROLES) == Actor(name="Pat Doe", email="pat.doe@example.com", role=Role.ENGINEER)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["sre"], Role.ENGINEER),
        (["sre", "reviewers"], Role.REVIEWER),
        (["sre-leads", "sre"], Role.ADMIN),
        ("reviewers", Role.REVIEWER),
        (["SRE"], None),
        (["everybody", 7, None, {"sre": 1}], None),
        ([], None),
        ("", None),
        ({"sre": True}, None),
        (True, None),
        (None, None),
    ],
)
def test_the_highest_role_of_somebody_s_groups_counts(groups: Any, role: Role | None) -> None:
    assert role_of(claims(groups=groups), ROLES) is role


def test_a_default_is_the_least_that_everybody_has() -> None:
    roles = replace(ROLES, default=Role.REVIEWER)
    assert role_of(claims(groups=[]), roles) is Role.REVIEWER
    assert role_of(claims(groups=["sre"]), roles) is Role.REVIEWER
    assert role_of(claims(groups=["sre-leads"]), roles) is Role.ADMIN


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["sre"]}}),
        ("https://example.com/roles", {"https://example.com/roles": ["sre"]}),
        ("a.b", {"a.b": ["sre"], "a": {"b": ["sre-leads"]}}),
    ],
)
def test_the_claim_may_be_called_anything_and_lie_deeper(name: str, given: dict[str, Any]) -> None:
    assert role_of(given, replace(ROLES, claim=name)) is Role.ENGINEER


@pytest.mark.parametrize("given", [{}, {"a": None}, {"a": "sre"}, {"a": ["sre"]}, {"a": {"b": {"c": 1}}}])
def test_a_path_that_leads_nowhere_gives_no_role(given: dict[str, Any]) -> None:
    assert role_of(given, Roles(claim="a.b", by_group=ROLES.by_group)) is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"groups": ["everybody"]}, "no-role"),
        ({"email": None}, "email-needed"),
        ({"email": ""}, "email-needed"),
        ({"email": ["pat@example.com"]}, "email-needed"),
        ({"email": "Pat Doe"}, "email-needed"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email-needed"),
        ({"email_verified": False}, "email-unverified"),
        ({"email_verified": "false"}, "email-unverified"),
        ({"email_verified": 0}, "email-unverified"),
    ],
)
def test_a_genuine_token_of_nobody_here_says_what_is_missing(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(NobodyHere) as nobody:
        somebody(claims(**changes), ROLES)
    assert nobody.value.rule == rule


@pytest.mark.parametrize("changes", [{"email_verified": None}, {"email_verified": "true"}])
def test_an_address_that_is_not_called_unverified_is_taken(changes: dict[str, Any]) -> None:
    assert somebody(claims(**changes), ROLES).email == "pat.doe@example.com"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"name": None, "preferred_username": "pat"}, "pat"),
        ({"name": None}, "Pat.Doe@example.com"),
        ({"name": "  "}, "Pat.Doe@example.com"),
        ({"name": ["Pat"]}, "Pat.Doe@example.com"),
        ({"name": "Pat\r\n Doe"}, "Pat Doe"),
        ({"name": "x" * 999}, "x" * 300),
    ],
)
def test_somebody_is_called_by_the_best_name_that_is_told(changes: dict[str, Any], name: str) -> None:
    assert somebody(claims(**changes), ROLES).name == name
