"""A review as time passes, without a room: every change is attended to, and its timer rings whenever it is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.review import domain
from services.review.domain import Member, Pool, Practice, Review, Timing
from shared.contracts.base import BaseMessage, Owner
from shared.contracts.commands import Role, Verdict
from shared.contracts.decision import Decision
from shared.contracts.events import MeetingCancelled, MeetingScheduled, ReviewersAssigned, ReviewRequested
from shared.contracts.review_notices import ReviewNotice, ReviewNoticeKind
from shared.contracts.values import Comment
from tests.helpers.builders import NOW, PM
from tests.unit.review.test_domain import requested, revised, verdict

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
HANA = Owner(name="Hana Sato", email="hana@example.com")
OWNER = "owner@example.com"
THURSDAY = NOW + 3 * DAY
"""Three days after the Monday, 13:00 in Berlin, on which everything begins."""
COMMUNITY = tuple(Member(name=f"R{n}", email=f"r{n}@example.com") for n in range(6))
PRACTICE = Practice(admins=(HANA,), timing=Timing(zone=BERLIN))


def meeting(start: datetime, sequence: int = 0, status: str = "tentative") -> MeetingScheduled:
    return MeetingScheduled(
        postmortem_id=PM,
        uid="u",
        start=start,
        end=start + HOUR,
        timezone="Europe/Berlin",
        status=status,
        sequence=sequence,
        url="https://afterword.example.com",
        join_url="https://meet.example.com",
        title="t",
    )


def cancelled(sequence: int) -> MeetingCancelled:
    return MeetingCancelled(postmortem_id=PM, uid="u", sequence=sequence, at=NOW)


@dataclass
class Passing:
    """One review, the clock, and all that was said of it. `state` begins as a draft that is in review."""

    practice: Practice = PRACTICE
    pool: Pool = field(default_factory=lambda: Pool(members=COMMUNITY))
    now: datetime = NOW
    state: Review | None = None
    due: datetime | None = None
    said: list[BaseMessage] = field(default_factory=list)

    def commit(self, decision: Decision[Review] | Decision[Review | None]) -> None:
        attended = domain.attend(self.state, decision, self.practice, self.now)
        self.state, self.due = attended.state, attended.due
        self.said += attended.events
        assert self.due is None or self.due > self.now, "a timer is set for what is to come"

    @property
    def review(self) -> Review:
        assert self.state
        return self.state

    @property
    def reviewers(self) -> list[str]:
        return [reviewer.email for reviewer in self.review.reviewers]

    def submit(self, revision: int = 1) -> None:
        self.open(requested(revision))

    def open(self, request: ReviewRequested) -> None:
        opened = domain.open_review(self.state, request, self.pool, self.practice, self.now)
        self.commit(domain.know_clocks(opened, self.pool))

    def draft(self, revision: int = 1, status: str = "draft") -> None:
        self.commit(domain.follow_draft(self.state, revised(revision, status), self.now))

    def meet(self, start: datetime, sequence: int = 0) -> None:
        self.commit(domain.hear_meeting(self.review, meeting(start, sequence), self.now))

    def say(self, email: str, kind: Verdict = Verdict.APPROVE) -> None:
        comments = (Comment(text="What do you mean?"),) if kind is not Verdict.APPROVE else ()
        given = verdict(email, kind, self.review.draft.revision, Role.REVIEWER, comments)
        self.commit(domain.hear_word(domain.give_verdict(self.state, given, self.now), email))

    def claim(self, email: str) -> None:
        claimed = (
            each.model_copy(update={"claimed": True}) if each.email == email else each for each in self.review.reviewers
        )
        self.commit(Decision(state=self.review.changed(reviewers=tuple(claimed))))

    def leave(self, email: str) -> None:
        left = (m.model_copy(update={"active": m.active and m.email != email}) for m in self.pool.members)
        self.pool = replace(self.pool, members=tuple(left))

    def ring(self) -> None:
        looked = domain.look_at_reviewers(self.review, self.pool, self.practice, self.now)
        rung = domain.ring(looked.state, self.practice, self.now)
        self.commit(replace(rung, events=(*looked.events, *rung.events)))

    def until(self, moment: datetime) -> None:
        """Let time pass; the timer rings whenever it is set."""
        for _ in range(10_000):
            if self.due is None or self.due > moment:
                self.now = max(self.now, moment)
                return
            self.now = self.due
            self.ring()
        raise AssertionError("the timer rings without an end")

    def notices(self) -> Iterator[ReviewNotice]:
        return (event for event in self.said if isinstance(event, ReviewNotice))

    def told(self, *kinds: str) -> list[tuple[str, str, str]]:
        """Return who was told what and when, by the clock of Berlin: of these kinds, else but `review_asked`."""
        return [
            (event.kind.value, event.recipient.email.partition("@")[0], f"{event.at.astimezone(BERLIN):%a %d %H:%M}")
            for event in self.notices()
            if (event.kind.value in kinds if kinds else event.kind is not ReviewNoticeKind.REVIEW_ASKED)
        ]

    def assignments(self) -> list[ReviewersAssigned]:
        return [event for event in self.said if isinstance(event, ReviewersAssigned)]


def with_timing(**fields: object) -> Practice:
    return replace(PRACTICE, timing=replace(PRACTICE.timing, **fields))  # type: ignore[arg-type]


def two_of(*members: Member) -> Passing:
    """Return a review of which these are all who can be asked."""
    passing = Passing(pool=Pool(members=members))
    passing.submit()
    return passing


def in_review(start: datetime | None = THURSDAY + DAY, pool: Pool | None = None) -> Passing:
    """Return what came into review on Monday and meets on Friday, so that it is due on Thursday."""
    passing = Passing(pool=pool or Pool(members=COMMUNITY))
    passing.draft()
    if start:
        passing.meet(start)
    passing.submit()
    return passing


def engaged(start: datetime | None = THURSDAY + DAY, pool: Pool | None = None) -> Passing:
    """Return the same with reviewers who are at it."""
    passing = in_review(start, pool)
    for email in passing.reviewers:
        passing.claim(email)
    return passing
