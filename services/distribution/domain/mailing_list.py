"""A distribution list, as the policy file has it. Pure."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.contracts.base import Email, Severity, Token
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import DistributionList, ListMode, Members


class MailingList(BaseModel):
    """A distribution list, as the policy file has it; without `severities` or `services` it takes every report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Token
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    members: Members = ()
    severities: frozenset[Severity] = frozenset()
    services: Annotated[frozenset[Token], Field(max_length=100)] = frozenset()
    includes: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    owner: Email | None = None
    open: bool = True
    mode: ListMode = ListMode.PERSON
    address: Email | None = None

    def takes(self, report: ReviewApproved) -> bool:
        """Say whether a report goes to this list."""
        fits_severity = not self.severities or report.severity in self.severities
        return fits_severity and (not self.services or bool(self.services & set(report.services)))

    def on_the_wire(self) -> DistributionList:
        """Return the list as messages carry it, always in the same order."""
        ordered = {"severities": tuple(sorted(self.severities)), "services": tuple(sorted(self.services))}
        return DistributionList.model_validate({**dict(self), **ordered})
