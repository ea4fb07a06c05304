"""Weeks of whatever may happen to a review: nobody is told twice, at night, or of what is over, and it goes on."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.review import domain
from services.review.domain import Member, Pool, Review, State
from services.review.domain.asks import waiting
from services.review.domain.hours import Hours, awake, business_hours_after
from shared.contracts.availability import Hours as Own
from shared.contracts.commands import Verdict
from shared.contracts.decision import Decision
from shared.contracts.events import DraftCreated, DraftRevised, ReviewRequested
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from tests.helpers.builders import NOW, a_draft
from tests.unit.review.passing_time import DAY, HANA, HOUR, OWNER, Passing, cancelled, with_timing
from tests.unit.review.test_domain import PUBLISHED

ZONES = ("Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles", None, "Pacific/Auckland", "Asia/Kolkata")
EARLY, LATE = (Own(opens=time(opens), closes=time(opens + 6)) for opens in (6, 14))
MEMBERS = tuple(
    Member(name=f"R{n}", email=f"r{n}@example.com", timezone=zone, hours=(None, EARLY, LATE)[n % 3])
    for n, zone in enumerate(ZONES)
)
PRACTICE = with_timing(
    zones={HANA.email: ZoneInfo("America/New_York"), OWNER: ZoneInfo("Europe/London")}, look_every=12 * HOUR
)
REMINDERS = {ReviewNoticeKind.REVIEW_DUE, ReviewNoticeKind.REVIEW_LATE}
BY_DAY = REMINDERS | {
    *(ReviewNoticeKind.REVIEW_PASSED_ON, ReviewNoticeKind.REVIEW_ESCALATED, ReviewNoticeKind.SUBMIT_DUE)
}
"""What waits for the morning; the rest follows at once from what somebody did."""
ACTS = st.sampled_from(
    [
        *("submit", "approve", "approve", "comment", "request_changes", "claim", "edit", "meet", "cancel"),
        *("leave", "skip", "publish", "restart", "nothing", "nothing"),
    ]
)
WEEKS = st.lists(st.tuples(st.integers(0, 60), ACTS, st.integers(0, 5)), min_size=8, max_size=25)


class Weeks(Passing):
    """A review to which things happen, and which is checked whenever anything was said."""

    sequence, revision = 0, 1
    asked: frozenset[tuple[str, datetime]] = frozenset()

    def act(self, name: str, n: int) -> None:
        if self.state is None or self.review.state is State.PUBLISHED:
            return
        reviewers = self.reviewers or [MEMBERS[n].email]
        who, self.revision = reviewers[n % len(reviewers)], self.review.draft.revision
        getattr(self, f"_{name}")(who, n)

    def _submit(self, _who: str, _n: int) -> None:
        if not self.review.draft.skipped:
            self.open(ReviewRequested(**dict(self.review.draft), requested_at=self.now, requested_by=OWNER))

    def _approve(self, who: str, _n: int) -> None:
        self.say(who)

    def _comment(self, who: str, _n: int) -> None:
        self.say(who, Verdict.COMMENT)

    def _request_changes(self, who: str, _n: int) -> None:
        self.say(who, Verdict.REQUEST_CHANGES)

    def _claim(self, who: str, _n: int) -> None:
        self.claim(who)

    def _edit(self, _who: str, _n: int) -> None:
        if not self.review.draft.skipped:
            toggles = self.review.draft.toggles
            given = {"status": "in_review", "revised_at": self.now, "revised_by": "x"}
            event = self._snapshot(DraftRevised, toggles, **given)
            self.commit(domain.follow_draft(self.state, event, self.now))

    def _snapshot(self, event: Any, toggles: int, **fields: Any) -> Any:
        deadline = self.review.draft.deadline
        return a_draft(event, revision=self.revision + 1, toggles=toggles, deadline=deadline, **fields)

    def _meet(self, _who: str, n: int) -> None:
        self.sequence += 1
        self.meet(self.now + (n + 1) * 30 * HOUR, self.sequence)

    def _cancel(self, _who: str, _n: int) -> None:
        self.sequence += 1
        self.commit(domain.hear_meeting(self.review, cancelled(self.sequence), self.now))

    def _leave(self, who: str, _n: int) -> None:
        self.leave(who)

    def _skip(self, _who: str, _n: int) -> None:
        toggles = self.review.draft.toggles + 1
        if toggles % 2:
            given = {"skipped_at": self.now, "skipped_by": "x", "reason": "No need."}
            event = self._snapshot(PostmortemSkipped, toggles, **given)
        else:
            event = self._snapshot(PostmortemRequired, toggles, required_at=self.now, required_by="x", reason="It is.")
        self.commit(domain.follow_draft(self.state, event, self.now))

    def _publish(self, _who: str, n: int) -> None:
        if n == 0:
            self.commit(domain.close(self.review, PUBLISHED))

    def _restart(self, _who: str, n: int) -> None:
        """The room is down for a while: the document is read back, and no timer rings meanwhile."""
        self.state = Review.model_validate_json(self.review.model_dump_json())
        self.now += n * 9 * HOUR
        if self.due and self.due <= self.now:
            self.ring()

    def _nothing(self, _who: str, _n: int) -> None:
        """Nobody does anything."""

    def commit(self, decision: Decision[Review] | Decision[Review | None]) -> None:
        before, said = self.state, len(self.said)
        super().commit(decision)
        for event in self.said[said:]:
            if isinstance(event, ReviewNotice) and before:
                self.check(before, event)
        self.asked |= frozenset((ask.email, ask.since) for ask in self.review.attention.asks)

    def day(self, email: str) -> tuple[Hours, ZoneInfo]:
        """Return whose hours count, and by which clock."""
        timing, member = self.practice.timing, next((member for member in MEMBERS if member.email == email), None)
        own = member.hours if member else None
        hours = replace(timing.hours, opens=own.opens, closes=own.closes) if own else timing.hours
        return hours, ZoneInfo(member.timezone) if member and member.timezone else timing.zone_of(email)

    def check(self, before: Review, notice: ReviewNotice) -> None:
        """What is said is true by now, and said by day."""
        email, draft = notice.recipient.email, self.review.draft
        if notice.kind in BY_DAY:
            assert awake(notice.at, *self.day(email)) == notice.at
        assert (notice.at, notice.revision, draft.skipped) == (self.now, draft.revision, False)
        asked = {ask.email for ask in waiting(self.review)}
        if notice.kind in REMINDERS:
            assert email in asked
            assert (notice.kind is ReviewNoticeKind.REVIEW_LATE) == bool(notice.due and notice.due <= self.now)
        elif notice.kind is ReviewNoticeKind.REVIEW_PASSED_ON:
            assert email in {ask.email for ask in waiting(before)} - asked
        elif notice.kind is ReviewNoticeKind.REVIEW_ESCALATED:
            assert email in (OWNER, HANA.email)
            assert asked
        elif notice.kind is ReviewNoticeKind.SUBMIT_DUE:
            assert email == OWNER
            assert self.review.state in (State.WAITING, State.CHANGES_REQUESTED)

    def check_that_it_goes_on(self) -> None:
        """Nobody stays silent while somebody else could be asked."""
        timing, attention = self.practice.timing, self.review.attention
        for ask in waiting(self.review):
            claimed = any(each.claimed for each in self.review.reviewers if each.email == ask.email)
            if ask.spoke or ask.alone or claimed or len(attention.passed_on) >= timing.reassign_times:
                continue
            day = self.day(ask.email)
            silent = business_hours_after(ask.since, timing.silent_after, *day)
            is_night = awake(self.now, *day) != self.now
            assert is_night or awake(silent, *day) > self.now - timedelta(minutes=1)


def passed(weeks: list[tuple[int, str, int]]) -> tuple[Weeks, Counter[str]]:
    """Let all of it happen, and then a month without anything."""
    passing, done = Weeks(practice=PRACTICE, pool=Pool(members=MEMBERS)), Counter[str]()
    passing.commit(domain.follow_draft(None, a_draft(DraftCreated, deadline=NOW + 9 * DAY), NOW))
    for hours, act, n in weeks:
        passing.until(passing.now + hours * HOUR)
        passing.check_that_it_goes_on()
        passing.act(act, n)
        done[act] += 1
    passing.until(passing.now + 30 * DAY)
    return passing, done


@settings(max_examples=100, deadline=None)
@given(WEEKS)
@example([(0, "submit", 0), (0, "request_changes", 0), (0, "submit", 0), (0, "request_changes", 0)])
def test_nobody_is_told_twice_at_night_or_of_what_is_over_and_the_number_of_mails_is_bounded(
    weeks: list[tuple[int, str, int]],
) -> None:
    passing, done = passed(weeks)
    notices = list(passing.notices())
    told = Counter((notice.kind, notice.recipient.email) for notice in notices)
    once = [notice for notice in notices if notice.kind in BY_DAY | {ReviewNoticeKind.REVIEW_ASKED}]
    assert len({(notice.kind, notice.recipient.email, notice.at) for notice in once}) == len(once)
    assert told[ReviewNoticeKind.CHANGES_REQUESTED, OWNER] <= done["request_changes"]  # one for each verdict
    timing, asked = passing.practice.timing, Counter(email for email, _ in passing.asked)
    for (kind, email), times in told.items():
        if kind is ReviewNoticeKind.REVIEW_DUE:
            moved = done["meet"] + done["cancel"]  # and until when it is due with that
            assert times <= (asked[email] + moved) * len(timing.before)
        elif kind is ReviewNoticeKind.REVIEW_LATE:
            assert times <= asked[email] * timing.late_times
        elif kind is ReviewNoticeKind.REVIEW_ESCALATED:
            assert times <= done["submit"]
        elif kind is ReviewNoticeKind.SUBMIT_DUE:
            assert times <= 2 * done["meet"]
    relieved = sum(times for (kind, _), times in told.items() if kind is ReviewNoticeKind.REVIEW_PASSED_ON)
    assert relieved <= timing.reassign_times * (done["skip"] + 1)


@settings(max_examples=40, deadline=None)
@given(WEEKS)
def test_reminders_to_one_person_are_hours_apart(weeks: list[tuple[int, str, int]]) -> None:
    passing, _ = passed(weeks)
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for notice in passing.notices():
        if notice.kind in REMINDERS:
            times[notice.recipient.email].append(notice.at)
    for each in times.values():
        assert all(later - earlier >= 4 * HOUR for earlier, later in pairwise(each))
