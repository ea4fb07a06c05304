"""Remarks as threads: anchored to the text, answered, settled, opened again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Practice, Review
from services.review.domain.anchors import anchored, moved
from shared.contracts.commands import Role, Verdict
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewCommented
from shared.contracts.threads import Anchor, ReopenThread, ReplyToThread, ResolveThread, Thread, ThreadChanged
from shared.contracts.threads import begun as thread_of
from tests.helpers.builders import NOW, PM, an_actor
from tests.unit.review.test_domain import opened, revised, rule
from tests.unit.review.test_verdicts import asked_of, full, give, remark

TEXT = """At noon the pool was full. Requests waited.

The pool had 10 connections, since nobody had set its size.

Requests waited again at two.
"""


def text_of(review: Review | None) -> str:
    assert review
    return review.draft.report["overview"]


def reviewed(**fields: Any) -> Review:
    """A review of one text, with a remark at some of its words."""
    review = opened(report={"overview": TEXT, "impact": "None.\n"})
    comment = remark(**{"section": "overview", **fields})
    state = give(review, asked_of(review)[0], verdict=Verdict.COMMENT, comments=(comment,)).state
    assert state
    return state


def edited(review: Review | None, text: str) -> Decision[Review | None]:
    """Let the text be another."""
    assert review
    report = {**review.draft.report, "overview": text}
    event = revised(review.draft.revision + 1, report=report)
    return domain.attend(review, domain.follow_draft(review, event, NOW), Practice(), NOW)


def only(review: Review | None) -> Thread:
    assert review
    (thread,) = review.threads
    return thread


def test_a_remark_begins_a_thread_where_its_words_stand_with_what_stands_beside_them() -> None:
    review = reviewed(quote="Requests waited", after=" again")
    thread = only(review)
    assert (thread.line, thread.outdated, thread.version, thread.revision) == (5, False, 1, 1)
    assert thread.anchor
    assert (thread.anchor.quote, thread.anchor.after) == ("Requests waited", " again at two.\n")
    assert thread.anchor.before.endswith("set its size.\n\n")


def test_who_hears_of_a_remark_makes_the_same_thread_of_it() -> None:
    review = opened()
    decision = give(
        review, asked_of(review)[0], verdict=Verdict.COMMENT, comments=(remark(), remark(section="overview"))
    )
    (event,) = decision.events
    assert isinstance(event, ReviewCommented)
    heard = [thread_of(comment, event.revision, event.reviewer, event.at) for comment in event.comments]
    assert decision.state
    assert tuple(heard) == decision.state.threads


EDITS = {
    "text before it": (f"Before noon all was well.\n\n{TEXT}", "10 connections, since nobody had set its size", 5),
    "a word of it": (
        TEXT.replace("10 connections", "ten connections"),
        "connections, since nobody had set its size",
        3,
    ),
    "its paragraph's place": (
        "\n".join(reversed(TEXT.split("\n\n"))),
        "10 connections, since nobody had set its size",
        3,
    ),
    "what stands beside it": (
        TEXT.replace("The pool had", "It had"),
        "10 connections, since nobody had set its size",
        3,
    ),
}


@pytest.mark.parametrize("what", EDITS)
def test_a_remark_goes_with_its_words_when_an_edit_changes(what: str) -> None:
    text, quote, line = EDITS[what]
    decision = edited(reviewed(quote="10 connections, since nobody had set its size"), text)
    thread = only(decision.state)
    assert thread.anchor
    assert (thread.outdated, thread.anchor.quote) == (False, quote)
    assert thread.anchor.line(text) == line
    told = [event.thread for event in decision.events if isinstance(event, ThreadChanged)]
    assert told == ([thread] if what == "a word of it" else [])


def test_what_a_remark_was_about_is_gone_with_its_words_and_back_with_them() -> None:
    review = reviewed(quote="10 connections, since nobody had set its size")
    gone = edited(review, "At noon the pool was full.\n")
    thread = only(gone.state)
    assert (thread.outdated, thread.revision, thread.line, thread.version) == (True, 1, None, 2)
    still = edited(gone.state, "At noon the pool was full!\n")
    assert only(still.state) == thread
    assert not [event for event in still.events if isinstance(event, ThreadChanged)]
    back = edited(still.state, TEXT)
    thread = only(back.state)
    assert (thread.outdated, thread.revision, thread.line, thread.version) == (False, 4, 3, 3)


def test_a_remark_on_a_whole_section_is_never_outdated() -> None:
    assert only(edited(reviewed(), "Something else.\n").state) == only(reviewed())


def change(review: Review | None, command: type[Any], who: str, **fields: Any) -> Decision[Review | None]:
    role = fields.pop("role", Role.ENGINEER)
    fields.setdefault("thread", review.threads[0].id if review and review.threads else PM)
    given = command(postmortem_id=PM, actor=an_actor(who, role), **fields)
    return domain.change_thread(review, given, Practice(), NOW)


def test_anybody_who_may_see_it_answers_and_the_whole_thread_is_said() -> None:
    review = reviewed()
    decision = change(review, ReplyToThread, "anybody@example.com", text="413 of them.")
    (event,) = decision.events
    assert isinstance(event, ThreadChanged)
    assert event.thread == only(decision.state)
    assert [comment.text for comment in event.thread.comments] == ["How many?", "413 of them."]
    assert len({comment.id for comment in event.thread.comments}) == 2
    assert event.thread.version == 2


def test_its_author_the_owner_and_the_reviewers_settle_a_thread_and_open_it_again() -> None:
    review = reviewed()
    for who in ("owner@example.com", *asked_of(review), "owner+phone@example.com"):
        settled = change(review, ResolveThread, who)
        assert rule(settled) is None
        assert only(settled.state).resolved
        assert rule(change(settled.state, ResolveThread, who)) == "thread-resolved"
        opened_again = change(settled.state, ReopenThread, who)
        assert only(opened_again.state).resolved is None
        assert rule(change(opened_again.state, ReopenThread, who)) == "thread-open"


def test_who_has_no_part_in_a_thread_does_not_settle_it() -> None:
    review = reviewed()
    decision = change(review, ResolveThread, "anybody@example.com")
    assert (rule(decision), decision.state) == ("author-owner-or-reviewer-settles", review)
    assert rule(change(review, ResolveThread, "anybody@example.com", role=Role.ADMIN)) is None


def test_what_is_not_there_is_not_answered_and_no_postmortem_has_more_than_a_thousand() -> None:
    review = reviewed()
    assert rule(change(None, ReplyToThread, "owner@example.com", text="?")) == "unknown-postmortem"
    assert rule(change(review, ReplyToThread, "owner@example.com", text="?", thread=PM)) == "unknown-thread"
    assert rule(change(full(), ReplyToThread, "owner@example.com", text="?")) == "too-many-comments"
    closed = review.changed(draft=review.draft.model_copy(update={"restricted": True}))
    assert rule(change(closed, ReplyToThread, "stranger@example.com", text="?")) == "unknown-postmortem"
    assert rule(change(closed, ReplyToThread, "responder@example.com", text="?")) is None


WORDS = st.lists(st.sampled_from(["pool", "noon", "waits", "full.", "\n", "ten"]), max_size=30).map(" ".join)


@given(WORDS, WORDS, st.data())
def test_wherever_words_stand_they_are_found_again_and_a_moved_anchor_stands_in_the_text(
    old: str, new: str, data: st.DataObject
) -> None:
    if not old:
        return
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    anchor = anchored(old, Anchor(quote=old[start:end]))
    assert anchor.find(old) is not None
    assert moved(anchor, old, old) == anchor
    went = moved(anchor, old, new)
    assert went is None or went.find(new) is not None
    assert went == anchor or anchor.quote not in new
