"""Why it is somebody: sentences for the reviewer, with no number about anybody else. Pure."""

from __future__ import annotations

from datetime import timedelta

from services.review.domain.assigning.case import Case
from services.review.domain.assigning.hours import awake
from services.review.domain.assigning.preferences import services_known, skills_known
from shared.contracts.community import Member

ASKED_BEFORE = "You were asked to review it before, so you know it already."
CLAIMED = "You said that you do it."
BY_AN_ADMIN = "{name} asked you to."
HANDED_OVER = "{name} handed it over to you: {reason}"
TURN = "It is your turn: reviews go round among those who can do them."
MOST_SHOWN = 3


def why(case: Case, member: Member) -> tuple[str, ...]:
    """Return why a member was chosen; there is always a reason."""
    services, skills = services_known(case, member), skills_known(case, member)
    said = [
        (bool(services), f"You know {listed(services)}."),
        (bool(skills), f"You know about {listed(skills)}."),
        (not services and not skills, TURN),
        (case.draft.restricted, "It is restricted, and you are one of its readers."),
        (True, _day(case, member)),
    ]
    return tuple(sentence for holds, sentence in said if holds)


def beside(learner: str, others: tuple[str, ...], *, learns: bool) -> str:
    """Return what is said of the pair to who is learning, or to who is beside them."""
    return f"You review beside {listed(others)}, to learn from it." if learns else f"{learner} learns beside you."


def listed(names: tuple[str, ...]) -> str:
    """Return names as a sentence lists them; of many only the first ones."""
    shown = names if len(names) <= MOST_SHOWN else (*names[:MOST_SHOWN], "more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def _day(case: Case, member: Member) -> str:
    hours = awake(member, case.practice, case.now, case.due) // timedelta(hours=1)
    return f"You have about {hours} hours of your working day for it before it is due."
