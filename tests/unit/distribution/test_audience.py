"""Who gets a report: a union of lists, each person once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.domain import INVOLVED, Circle, MailingList, audience
from services.distribution.domain.audience import lists_used
from shared.contracts.base import Owner, Person
from shared.contracts.values import Approval
from tests.helpers.builders import NOW
from tests.unit.distribution.fakes import approved

NAMES = st.lists(st.sampled_from(["a", "A", "b", "B", "c", "owner", "OWNER", "rosa"]), max_size=6)


def emails(*lists: MailingList, **fields: object) -> list[tuple[str, str]]:
    return [(recipient.email, recipient.list) for recipient in audience(lists, approved(**fields), Circle())]  # type: ignore[arg-type]


def a_list(name: str = "l", *members: str, **fields: object) -> MailingList:
    return MailingList.model_validate({"name": name, "members": members} | fields)


def test_a_person_on_many_lists_gets_one_mail_from_the_first_of_them() -> None:
    lists = a_list("x", "a@example.com", "b@example.com"), a_list("y", "b@example.com", "c@example.com")
    assert emails(*lists)[:3] == [("a@example.com", "x"), ("b@example.com", "x"), ("c@example.com", "y")]


def test_the_same_address_in_other_letters_is_the_same_person() -> None:
    raw = MailingList.model_construct(
        name="raw", members=("Owner@Example.COM", "owner@example.com"), severities=frozenset(), services=frozenset()
    )
    found = [
        recipient.email.lower() for recipient in audience([raw, a_list("y", "OWNER@example.com")], approved(), Circle())
    ]
    assert found.count("owner@example.com") == 1


@given(st.lists(NAMES, max_size=4))
def test_the_audience_is_the_union_and_nobody_is_named_twice(members: list[list[str]]) -> None:
    lists = [a_list(f"l{n}", *(f"{name}@example.com" for name in names)) for n, names in enumerate(members)]
    found = audience(lists, approved(), Circle())
    everybody = {f"{name.lower()}@example.com" for names in members for name in names}
    assert {r.email for r in found} == everybody | {"owner@example.com", "responder@example.com", "rosa@example.com"}
    assert len({r.email for r in found}) == len(found)
    assert sum(used.recipients for used in lists_used(found)) == len(found)


@pytest.mark.parametrize(
    ("fields", "takes"),
    [
        ({}, True),
        ({"severities": ["sev2"]}, True),
        ({"severities": ["sev1", "sev3"]}, False),
        ({"services": ["checkout"]}, True),
        ({"services": ["search"]}, False),
        ({"services": ["search", "checkout"]}, True),
        ({"severities": ["sev2"], "services": ["checkout"]}, True),
        ({"severities": ["sev2"], "services": ["search"]}, False),
        ({"severities": ["sev1"], "services": ["checkout"]}, False),
    ],
)
def test_a_list_takes_the_severities_and_services_that_it_names(fields: dict[str, object], takes: bool) -> None:
    assert a_list(**fields).takes(approved()) is takes  # type: ignore[arg-type]
    assert (("x@example.com", "l") in emails(a_list("l", "x@example.com", **fields))) is takes


def test_a_list_for_a_service_does_not_take_a_report_without_services() -> None:
    assert not a_list(services=["checkout"]).takes(approved(services=()))


def test_everybody_of_the_incident_gets_it_whatever_the_lists_say() -> None:
    people = (Person(name="R", email="r@example.com"), Person(name="No Mail"), Person(name="O", email="o@example.com"))
    approvals = (Approval(name="P", email="p@example.com", at=NOW), Approval(name="R", email="r@example.com", at=NOW))
    found = emails(owner=Owner(name="O", email="o@example.com"), people=people, approvals=approvals)
    assert found == [(f"{name}@example.com", INVOLVED) for name in "orp"]
