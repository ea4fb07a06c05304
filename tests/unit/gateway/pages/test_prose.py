"""What people wrote, as it stands in a page; and who took part, by role."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from services.gateway.domain.pages.people import by_role
from services.gateway.domain.pages.prose import prose
from services.gateway.domain.pages.steps import steps
from services.gateway.domain.view import project
from shared.contracts.base import Owner, Person
from tests.helpers.builders import NOW, an_actor
from tests.helpers.reading import a_revision

MARKDOWN = st.lists(
    st.sampled_from(
        ["# a", "### b", "###### c", "text", "- x", "> ## q", "<h1 id='main'>", "| a |\n|---|\n| 1 |", "```"]
    ),
    max_size=12,
).map("\n\n".join)


@given(MARKDOWN)
def test_headings_go_on_from_the_page_s_without_a_gap_and_each_has_a_name_of_its_own(text: str) -> None:
    found = prose(text, "impact")
    levels = [2, *(heading.level for heading in found.headings)]
    assert all(later <= level + 1 for level, later in itertools.pairwise(levels))
    names = [heading.anchor for heading in found.headings]
    assert len(set(names)) == len(names)
    assert all(name.startswith("impact-") for name in names)
    root = html.fromstring(f"<div>{found.html}</div>")
    assert root.xpath("//@id") == names
    assert not root.xpath("//h1 | //h2")


def test_headings_are_named_by_their_words_without_their_marks() -> None:
    (heading,) = prose("## *Orders* `by` [hour](https://x.example.com)", "impact").headings
    assert (heading.words, heading.anchor) == ("Orders by hour", "impact-orders-by-hour")
    assert prose("## ???", "impact").headings[0].anchor == "impact-part"


def test_each_paragraph_runs_as_its_words_do() -> None:
    root = html.fromstring(f"<div>{prose('שלום').html}</div>")
    assert root.xpath("//p/@dir") == ["auto"]


def test_everybody_stands_behind_a_role_and_nobody_twice_in_one() -> None:
    people = [
        Person(name="Tom", role="responder"),
        Person(name="Una", role="comms_lead"),
        Person(name="Tom", role="responder"),
        Person(name="Rita", role="incident_commander"),
    ]
    parts = by_role(people, Owner(name="Olga", email="o@example.com"), ["Ada", "Ben"])
    assert parts == (
        ("Incident commander", ("Rita",)),
        ("Comms lead", ("Una",)),
        ("Responder", ("Tom",)),
        ("Owner of the postmortem", ("Olga",)),
        ("Reviewers", ("Ada", "Ben")),
    )


def test_who_commanded_the_incident_may_skip_it_too() -> None:
    draft = a_revision(1)
    view = project(None, draft, (NOW, "e-1"))
    assert "skip" in [step.path for step in steps(view, draft, an_actor("responder@example.com"))]
    assert "skip" not in [step.path for step in steps(view, draft, an_actor("somebody@example.com"))]
