"""A made-up organisation with forty reviewers, and its postmortems over months."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from services.review import domain
from services.review.domain import Load, Member, Pool, Practice, Review
from shared.contracts.availability import Away, Hours
from shared.contracts.base import Owner, Person, Severity, postmortem_id
from shared.contracts.events import ReviewRequested, Snapshot
from tests.helpers.builders import a_draft

BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
RECENT = timedelta(days=90)
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo", "Australia/Lord_Howe", "America/Sao_Paulo", None)
SERVICES = ("checkout", "search", "payments", "mail", "login", "stock")
TEAMS = ("blue", "green", "red")
PRACTICE = Practice(
    by_severity={Severity.SEV1: 3, Severity.SEV4: 1}, capacity=6, same_team=False, teams={"eng0@example.com": "Blue"}
)


def an_engineer(n: int) -> str:
    return f"eng{n}@example.com"


def alike(n: int) -> Member:
    """One of twelve who differ in nothing but their names: nobody of them is ever in an incident, away, or a reader."""
    return Member(name=f"Alike {n}", email=f"alike{n}@example.com", services=("checkout",), timezone="Europe/Berlin")


def one_of_a_kind(n: int, random: Random) -> Member:
    """One of those of whom each is different. The first are the engineers who have incidents, by other accounts too."""
    first = BEGIN + timedelta(days=random.randrange(80))
    away = Away(since=first, until=first + timedelta(days=random.randrange(1, 30)))
    day = date(2026, 1, 5) + timedelta(days=random.randrange(80))
    return Member(
        name=f"Other {n}",
        email=f"Eng{n}+reviews@example.com" if n < 14 else f"other{n}@example.com",
        aliases=(an_engineer(n + 14),) if n < 4 else (),
        services=tuple(random.sample(SERVICES, random.randrange(3))),
        skills=random.choice(((), ("dns",), ("Databases",))),
        active=n != 27,
        away=(away, Away(since=day, until=day + timedelta(days=2))) if n % 2 else (),
        timezone=random.choice(ZONES),
        hours=Hours(opens="14:00", closes="22:30") if n % 7 == 0 else None,
        capacity=random.choice((None, 1, 3, 12)),
        level=random.choice(("learning", "experienced", "experienced", "mentor")),
        team=random.choice((*TEAMS, None)),
    )


def the_forty(random: Random) -> tuple[Member, ...]:
    return (*map(alike, range(12)), *(one_of_a_kind(n, random) for n in range(28)))


def a_request(n: int, random: Random, now: datetime, members: tuple[Member, ...]) -> ReviewRequested:
    people = [Person(name=f"P{k}", email=an_engineer(k)) for k in random.sample(range(18), 3)]
    is_restricted = random.random() < 0.1
    event: ReviewRequested = a_draft(
        ReviewRequested,
        postmortem_id=postmortem_id("forty", str(n)),
        severity=random.choice(tuple(Severity)),
        services=tuple(random.sample(SERVICES, random.randrange(3))),
        tags=random.choice(((), ("databases",), ("dns", "Network"))),
        owner=Owner(name="O", email=an_engineer(random.randrange(18))),
        people=(*people, Person(name="Nobody knows")),
        authors=(an_engineer(random.randrange(18)),),
        deadline=now + timedelta(days=random.randrange(-2, 14)),
        restricted=is_restricted,
        readers=tuple(m.email for m in random.sample(members[12:], 8)) if is_restricted else (),
        requested_at=now,
        requested_by="owner@example.com",
    )
    return event


@dataclass
class Community:
    """Forty members, and what each of them has to do."""

    members: tuple[Member, ...]
    open: Counter[str] = field(default_factory=Counter)
    asked: deque[tuple[datetime, str]] = field(default_factory=deque)
    ends: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)

    def pool(self, now: datetime) -> Pool:
        """Close what has ended by now, forget what was asked long ago; return how things stand."""
        for at, emails in self.ends:
            if at <= now:
                self.open.subtract(emails)
        self.ends = [(at, emails) for at, emails in self.ends if at > now]
        while self.asked and self.asked[0][0] <= now - RECENT:
            self.asked.popleft()
        recent = Counter(email for _, email in self.asked)
        load = {m.email: Load(open=self.open[m.email], recent=recent[m.email]) for m in self.members}
        return Pool(members=self.members, workload=load)

    def take(self, review: Review, now: datetime, until: datetime) -> None:
        emails = tuple(reviewer.email for reviewer in review.reviewers)
        self.open.update(emails)
        self.asked.extend((now, email) for email in emails)
        self.ends.append((until, emails))


@dataclass(frozen=True)
class Asked:
    """One assignment: what it was decided from, and what came of it."""

    now: datetime
    draft: Snapshot
    pool: Pool
    review: Review


def months(seed: int, count: int = 1_000, apart: int = 240) -> Iterator[Asked]:
    """Yield one assignment after the other, so many minutes `apart` at most; reviews end days later, in any order."""
    random = Random(seed)  # noqa: S311 - the same organisation each time
    now, community = BEGIN, Community(the_forty(random))
    for n in range(count):
        now += timedelta(minutes=random.randrange(10, apart))
        pool, request = community.pool(now), a_request(n, random, now, community.members)
        review = domain.open_review(None, request, pool, PRACTICE, now).state
        yield Asked(now, request, pool, review)
        community.take(review, now, now + timedelta(hours=random.randrange(4, 72)))
