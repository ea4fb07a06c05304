"""What people see of a postmortem that is closed because all that follows from it is filed."""

from __future__ import annotations

from services.gateway.domain import answer
from services.gateway.domain.insights import passage
from services.gateway.domain.view import View, project
from shared.contracts.base import Message
from shared.contracts.closing import PostmortemClosed
from shared.contracts.events import DraftRevised
from tests.helpers.builders import NOW, PM, a_draft
from tests.unit.gateway.test_view import STORY, seen, stamp

CLOSED = PostmortemClosed(postmortem_id=PM, revision=2, items=1, closed_at=NOW)


def after(*facts: Message) -> View:
    view = seen(STORY)
    for fact in facts:
        view = project(view, fact, stamp(fact))
    return view


def test_it_is_closed_and_its_review_stays_approved() -> None:
    view = after(CLOSED)
    assert view.draft is not None
    assert (view.status(), answer.review(view, view.draft, "https://afterword.example.com").state) == (
        "closed",
        "approved",
    )


def test_it_counts_among_what_was_learned_from() -> None:
    passed = passage(after(CLOSED))
    assert passed is not None
    assert (passed.status, passed.publication) == ("closed", seen(STORY).publication.published_at)  # type: ignore[union-attr]  # it is out


def test_while_it_is_corrected_it_has_the_status_of_that() -> None:
    correction = a_draft(
        DraftRevised, revision=9, correction_of=8, status="draft", revised_at=NOW, revised_by="ada@example.com"
    )
    assert after(CLOSED, correction).status() == "draft"
