"""Approvals that are taken back: what was approved before is never published. Pure.

A round begins with each withdrawal, and an approval tells in which it was given, so it does not matter which of the two
is heard first. What is published by then stays published.
"""

from __future__ import annotations

from datetime import datetime

from services.distribution.domain.publication import Publication, Terms, waiting
from shared.contracts.decision import Decision
from shared.contracts.verdicts import ApprovalWithdrawn


def hear_withdrawn(
    publication: Publication | None, event: ApprovalWithdrawn, terms: Terms, now: datetime
) -> Decision[Publication]:
    """An approval was taken back: what was approved before that is void. What is published by now stays so."""
    known = publication or Publication()
    newest = max(known.approval_round, event.approval_round)
    return waiting(known.changed(approval_round=newest), terms, now)
