"""What a list may not be, over the API and in the policy file: the field that breaks it is named."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from services.distribution import domain
from services.distribution.domain import Listing
from services.distribution.settings import Policy
from shared.contracts.commands import Role
from shared.contracts.lists import DistributionList, PutList
from tests.helpers.builders import an_actor

HEAD = {"sender": {"name": "A", "email": "a@example.com"}, "reply_to": "r@example.com", "domain": "example.com"}
KNOWN = {"inner": (), "b": ("c",), "c": ("payments",), "lone": ("gone",), "x": ("y",), "y": ("x",)}
AS_ONE = {"mode": "list", "address": "all@example.com"}
MEMBERS = ["a@example.com", "b@example.com", "c@example.com"]

WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"mode": "list"}, "address-required", "address"),
    (AS_ONE | {"members": [*MEMBERS, "All@example.com"]}, "address-is-member", "members.3"),
    ({"address": "a@example.com", "members": MEMBERS}, "address-is-member", "members.0"),
    ({"includes": ["inner", "serch"]}, "included-list-unknown", "includes.1"),
    ({"includes": ["involved"]}, "included-list-unknown", "includes.0"),
    ({"includes": ["payments"]}, "list-includes-itself", "includes.0"),
    ({"includes": ["inner", "b"]}, "list-includes-itself", "includes.1"),
]
RIGHT: list[dict[str, Any]] = [
    {},
    {"members": []},
    AS_ONE,
    AS_ONE | {"members": MEMBERS, "includes": ["inner", "inner"]},
    {"includes": ["lone"]},
    {"includes": ["x"]},
    {"owner": "o@example.com", "open": False},
]


def put(fields: dict[str, Any], before: Listing | None = None) -> tuple[str, str | None, str] | None:
    """Return rule, field and words of the refusal, or None when it is taken."""
    command = PutList(actor=an_actor(role=Role.ADMIN), list=DistributionList(name="payments", **fields))
    reply = domain.put_list(before, command, KNOWN).reply
    assert reply
    return (reply.refusal.rule, reply.refusal.field, reply.refusal.detail) if reply.refusal else None


@pytest.mark.parametrize(("fields", "rule", "field"), WRONG)
def test_a_list_that_breaks_a_rule_is_refused_with_the_field(fields: dict[str, Any], rule: str, field: str) -> None:
    refused = put(fields)
    assert refused
    assert refused[:2] == (rule, field)


@pytest.mark.parametrize("fields", RIGHT)
def test_a_list_that_breaks_none_is_taken_also_beside_others_that_do(fields: dict[str, Any]) -> None:
    assert put(fields) is None


def test_a_circle_is_told_step_by_step() -> None:
    refused = put({"includes": ["b"]})
    assert refused
    assert "payments includes b includes c includes payments" in refused[2]


def test_a_list_that_was_included_and_is_gone_may_stay_but_no_new_one_comes() -> None:
    before = Listing(version=1, origin="api", list=DistributionList(name="payments", includes=("gone",)))
    assert put({"includes": ["gone"], "title": "Payments"}, before) is None
    refused = put({"includes": ["gone", "another"]}, before)
    assert refused
    assert refused[:2] == ("included-list-unknown", "includes.1")


def policy(*lists: dict[str, Any]) -> Policy:
    return Policy.model_validate({"distribution": HEAD, "lists": lists})


@pytest.mark.parametrize(
    ("lists", "named"),
    [
        ([{"name": "a"}, {"name": "b", "mode": "list"}], "lists.1.address: "),
        ([{"name": "b", "mode": "list", "address": "b"}], "lists.0.address"),
        ([{"name": "b", "owner": "nobody"}], "lists.0.owner"),
        ([{"name": "b", "mode": "digest"}], "lists.0.mode"),
        ([AS_ONE | {"name": "b", "members": ["all@example.com"]}], "lists.0.members.0: "),
        ([{"name": "a", "includes": ["b"]}], "lists.0.includes.0: There is no list 'b'"),
        ([{"name": "a", "includes": ["a"]}], "a includes a: "),
        ([{"name": "a"}, *({"name": n, "includes": [i]} for n, i in ("bc", "cd", "db"))], "b includes c includes d"),
        ([{"name": "involved"}], "lists.0.name: The name 'involved' is taken"),
    ],
)
def test_a_policy_with_such_a_list_is_refused_and_it_is_named(lists: list[dict[str, Any]], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        policy(*lists)
    told = [f"{'.'.join(map(str, each['loc']))} {each['msg']}" for each in refused.value.errors()]
    assert named in told[0]


def test_a_policy_s_lists_keep_all_that_is_said_of_them() -> None:
    said = {"name": "a", "includes": ["b"], "owner": "o@example.com", "open": False, **AS_ONE}
    kept = policy(said, {"name": "b"}).terms().lists
    assert kept[0].on_the_wire() == DistributionList(**said)
    assert kept[1].members == ()


@pytest.mark.parametrize(
    "address",
    [
        "x@example.com\r\nBcc: all@example.com",
        "x\n@example.com",
        '"quoted words"@example.com',
        "Ada <ada@example.com>",
        "äda@example.com",
        "ada@exämple.com",
        "ada",
        "ada@",
        "@example.com",
        "a@b@example.com",
        "ada..x@example.com",
        "ada@example..com",
        "ada@-example.com",
        "\0ada@example.com",
        "",
    ],
)
def test_an_address_that_no_mail_server_would_take_is_named(address: str) -> None:
    with pytest.raises(ValidationError) as refused:
        policy({"name": "a", "members": [*MEMBERS, address]})
    assert refused.value.errors()[0]["loc"] == ("lists", 0, "members", 3)
    with pytest.raises(ValidationError) as refused:
        DistributionList.model_validate({"name": "a", "members": [*MEMBERS, address]})
    assert refused.value.errors()[0]["loc"] == ("members", 3)
