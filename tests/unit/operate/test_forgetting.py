"""What documents and messages are without a person: theirs is gone, everybody else's stays, and it holds together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.operate.forgetting.collecting import Collected
from deploy.operate.forgetting.person import Forgotten, pseudonyms
from deploy.operate.forgetting.rewriting import Rewriter
from deploy.operate.forgetting.waiting import without
from shared import contracts
from shared.contracts import EVENTS
from shared.contracts.base import content_hash, derived_id
from shared.contracts.bounces import address_id
from shared.contracts.community import ReviewerChanged, reviewer_id
from shared.contracts.lists import subscription_id
from shared.contracts.persons import person as one_person
from tests.helpers.builders import NOW, PM, REPORT

JANE, OTHER = "jane@example.com", "jane.doe@example.net"
NAMES = pseudonyms([JANE, OTHER], "ab12")
NOBODY, SECOND = NAMES.values()
PERSON = Forgotten(NAMES, frozenset({"Jane Doe", "Jane"}))
EXAMPLES = Path(contracts.__file__).with_name("examples")
ADDRESS = re.compile(r"[a-z.]+@[a-z.]+[a-z]")
KEPT = Rewriter(PERSON)


def rewritten(value: Any, person: Forgotten = PERSON) -> Any:
    """Rewrite a value."""
    return Rewriter(person).of(value)


def test_pseudonyms_are_addresses_of_one_person_that_nobody_can_be_mailed_at() -> None:
    assert (NOBODY, SECOND) == ("forgotten-ab12@forgotten.invalid", "forgotten-ab12+1@forgotten.invalid")
    assert one_person(SECOND) == NOBODY


@pytest.mark.parametrize(
    "theirs",
    ["jane@example.com", "Jane@Example.COM", "<jane@example.com>", "mailto:jane@example.com", "(jane@example.com).",
     "jane+oncall@example.com", "/v1/reviewers/jane%40example.com", "a=jane@example.com&b", "jane.doe@example.net"],
)  # fmt: skip
def test_an_address_is_found_however_it_stands(theirs: str) -> None:
    assert "example" not in rewritten({"x": theirs})["x"]


@pytest.mark.parametrize(
    "others",
    ["mary-jane@example.com", "mary.jane@example.com", "jane@example.com.au", "jane@example.community",
     "jane@example.co", "doe@example.net", "jane@sub.example.com", "Jane", "Jane went home"],
)  # fmt: skip
def test_nobody_else_is_touched(others: str) -> None:
    assert rewritten({"x": others}) == {"x": others}


def test_a_name_goes_where_it_is_theirs() -> None:
    before = {
        "owner": {"name": "Jane Doe", "email": JANE},
        "people": [{"name": "Jane", "email": None, "role": "lead"}, {"name": "Jane", "email": "jane@other.example"}],
        "timeline": [{"who": "Jane Doe", "text": "started"}, {"who": "Ada", "text": "ended"}],
        "why": ["Jane Doe owns checkout"],
        "list": {"name": "Jane"},
    }  # fmt: skip
    assert rewritten(before) == {
        "owner": {"name": "forgotten-ab12", "email": NOBODY},
        "people": [
            {"name": "forgotten-ab12", "email": None, "role": "lead"},
            {"name": "Jane", "email": "jane@other.example"},
        ],
        "timeline": [{"who": "forgotten-ab12", "text": "started"}, {"who": "Ada", "text": "ended"}],
        "why": ["forgotten-ab12 owns checkout"],
        "list": {"name": "Jane"},
    }


def test_what_else_is_known_of_a_member_goes_too() -> None:
    member: dict[str, Any] = {
        "name": "Jane",
        "email": JANE,
        "timezone": "Europe/Berlin",
        "hours": {"opens": "08:00", "closes": "14:00"},
    }
    member |= {"away": [{"since": "2026-07-13", "until": "2026-07-24"}], "note": "Ill.", "services": ["checkout"]}
    told = ReviewerChanged.model_validate({"version": 1, "origin": "api", "reviewer": member})
    after = ReviewerChanged.model_validate_json(Rewriter(PERSON).body(told.model_dump_json().encode()))
    assert after.reviewer.model_dump(exclude_defaults=True) == {
        "name": "forgotten-ab12",
        "email": NOBODY,
        "services": ("checkout",),
    }
    assert after.subject == reviewer_id(NOBODY)


def test_texts_are_left_and_told_unless_they_are_asked_for() -> None:
    rewriter, row = Rewriter(PERSON), {"report": {"overview": f"Ask {JANE}."}, "owner": JANE}
    assert (rewriter.of(row), rewriter.in_texts) == ({**row, "owner": NOBODY}, True)
    asked = Rewriter(Forgotten(NAMES, texts=True))
    assert asked.of(row)["report"] == {"overview": f"Ask {NOBODY}."}
    assert (rewriter.of({"title": "Jane slept"}), rewriter.in_texts) == ({"title": "Jane slept"}, True)
    assert (rewriter.of({"title": "Janet slept"}), rewriter.in_texts) == ({"title": "Janet slept"}, False)


def test_json_in_a_string_and_keys_and_bytes_are_looked_into() -> None:
    body = json.dumps({"by": JANE, "n": 1, "text": "é"}, ensure_ascii=False, separators=(",", ":"))
    after = rewritten({"outbox": [{"body": body}], "answers": {JANE: "accepted"}, "raw": b"\xff jane@example.com"})
    assert after["outbox"][0]["body"] == body.replace(JANE, NOBODY)
    assert after["answers"] == {NOBODY: "accepted"}
    assert after["raw"] == b"\xff " + NOBODY.encode()


def test_a_message_that_nobody_understands_is_rewritten_by_its_letters() -> None:
    row = {"body": b"{ broken jane@example.com", "properties": {"type": "X"}, "headers": {"x-error": f"no {JANE}"}}
    after = without(row, PERSON)
    assert (after["body"], after["headers"]) == (b"{ broken " + NOBODY.encode(), {"x-error": f"no {NOBODY}"})
    deep = b"[" * 100_000 + JANE.encode()
    assert JANE.encode() not in without({**row, "body": deep}, PERSON)["body"]
    half = without({**row, "body": b'{"by":"jane@example.com","x":"\\ud800"}'}, PERSON)["body"]
    assert half == f'{{"by":"{NOBODY}","x":"\\ud800"}}'.encode()
    untouched = {"body": b'{"a": 1.0,  "b":2}', "properties": {}, "headers": {}}
    assert without(untouched, PERSON) == untouched


def test_ids_that_follow_from_an_address_follow_from_the_pseudonym() -> None:
    found = Collected(Forgotten(NAMES), "secret", lists={"all"})
    found.look({"owner": {"name": "Jane Doe", "email": JANE}, "list": {"name": "ops"}})
    row = {"_id": derived_id("delivery", PM, "2", JANE), "postmortem_id": PM, "revision": 2, "recipient": JANE}
    notice = {"_id": "n-1", "postmortem_id": PM, "revision": 0, "recipient": JANE, "message_id": "<2@example.com>"}
    found.look_in("distribution", "deliveries", {**row, "message_id": "<1@example.com>"})
    found.look_in("distribution", "deliveries", notice)
    found.look_in(
        "distribution", "audiences", {"audience": "a-1", "people": [["all", "ada@example.com"], ["all", JANE]]}
    )
    person = found.done(NOW)
    assert person.names == {"Jane Doe"}
    expected = {
        reviewer_id(JANE): reviewer_id(NOBODY),
        address_id(OTHER): address_id(SECOND),
        subscription_id("ops", JANE): subscription_id("ops", NOBODY),
        derived_id("gathering", JANE, f"{NOW:%Y-%m}"): derived_id("gathering", NOBODY, f"{NOW:%Y-%m}"),
        row["_id"]: derived_id("delivery", PM, "2", NOBODY),
    }
    assert expected.items() <= person.ids.items()
    assert {"n-1", "<1@example.com>", "<2@example.com>", "a-1"} <= person.ids.keys()
    assert rewritten({"_id": f"{reviewer_id(JANE)}/0", "mail": "<1@example.com>"}, person) == {
        "_id": f"{reviewer_id(NOBODY)}/0",
        "mail": person.ids["<1@example.com>"],
    }


def test_a_report_in_which_an_address_was_replaced_has_the_hash_of_what_it_is() -> None:
    report = {**REPORT, "overview": f"Ask {JANE}."}
    revision = {"title": "Slow", "severity": "sev2", "services": ["checkout"], "report": report}
    found = Collected(Forgotten(NAMES, texts=True), "secret")
    found.look_at_texts({"state": revision})
    after = rewritten({**revision, "content_hash": content_hash("Slow", "sev2", ["checkout"], report)}, found.done(NOW))
    assert after["content_hash"] == content_hash("Slow", "sev2", ["checkout"], after["report"])


WORDS = st.sampled_from([JANE, OTHER, "Jane Doe", "ada@example.com", "x", "Jane", f"Ask {JANE}!", "jane+a@example.com"])
FIELDS = st.sampled_from(["email", "name", "who", "by", "text", "title", "report", "x", "members", JANE])
VALUES = st.recursive(
    WORDS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_nothing_of_them_is_left_and_a_second_time_changes_nothing(value: Any) -> None:
    person = Forgotten(NAMES, PERSON.names, texts=True)
    once = rewritten(value, person)
    assert not person.pattern.search(json.dumps(once))
    assert rewritten(once, person) == once


@given(VALUES)
def test_what_is_passed_over_by_its_bytes_would_have_stayed_the_same(value: Any) -> None:
    raw = json.dumps(value, ensure_ascii=False).encode()
    assert KEPT.may_concern(raw) or rewritten(value) == value


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_understood_when_its_people_were_forgotten(name: str) -> None:
    for path in EXAMPLES.glob(f"{name}*.json"):
        raw = path.read_bytes()
        addresses = sorted(set(ADDRESS.findall(raw.decode())))
        person = Forgotten(pseudonyms(addresses or [JANE], "ab12"), texts=True)
        after = Rewriter(person).body(raw)
        EVENTS[name].model_validate_json(after)
        assert not person.pattern.search(after.decode())
