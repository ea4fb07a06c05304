"""What a digest needs to know of one postmortem: little of what distribution keeps of it. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.circle import Circle
from services.distribution.domain.heard_meeting import HeardMeeting
from services.distribution.domain.items import SETTLED
from services.distribution.domain.publication import Publication
from shared.contracts.action_items import ItemState
from shared.contracts.base import Owner, Severity


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Headline(_Part):
    """What is said of a report in a line."""

    title: str
    severity: Severity
    owner: Owner


class Issued(_Part):
    """When something was published, and what of it reads otherwise than before."""

    published_at: datetime
    correction_of: int | None = None
    changes: tuple[str, ...] = ()


class Corrected(_Part):
    """What was published before it was corrected."""

    edition: Issued


class Work(_Part):
    """What is to be done, by whom and until when."""

    text: str
    owner: Owner
    due: datetime
    state: ItemState

    def is_overdue(self, now: datetime) -> bool:
        """Say whether it should have been done by now and is not."""
        return self.state not in SETTLED and self.due < now


class Brief(_Part):
    """One postmortem, in the shape in which its document keeps it."""

    id: str
    toggles: int = 0
    circle: Circle = Circle()
    approved: Headline | None = None
    edition: Issued | None = None
    earlier: tuple[Corrected, ...] = ()
    meeting: HeardMeeting | None = None
    meeting_ended_at: datetime | None = None
    items: dict[str, Work] = {}

    @classmethod
    def of(cls, id: str, publication: Publication) -> Brief:
        """Return what is needed of a whole one."""
        return cls.model_validate({"id": id, **publication.model_dump(mode="json")})

    @property
    def published(self) -> tuple[Issued, ...]:
        """Return all that was published of it, oldest first."""
        newest = (self.edition,) if self.edition else ()
        return (*(each.edition for each in self.earlier), *newest)

    @property
    def first_published_at(self) -> datetime | None:
        """Return when it was published first."""
        return self.published[0].published_at if self.published else None

    @property
    def is_off(self) -> bool:
        """Say whether there is to be no postmortem."""
        return self.toggles % 2 == 1


KEPT = (
    *("toggles", "circle", "approved.title", "approved.severity", "approved.owner"),
    *(f"edition.{name}" for name in Issued.model_fields),
    *(f"earlier.edition.{name}" for name in Issued.model_fields),
    *("meeting", "meeting_ended_at", "items"),
)
"""Where in a publication's document stands what is needed."""
