"""Mails in their envelopes: one a person, or one for up to a hundred people of a list that is mailed as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.distribution.domain import Delivery, Parcel

ReturnPath = Callable[[Delivery], str]
Written = tuple[Delivery, bytes]


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Where bounces go: of a mail to one person as `return_path` says, of one to many to `sender`."""

    sender: str
    return_path: ReturnPath

    def pack(self, mails: Sequence[Written]) -> list[Parcel]:
        """Return parcels whose recipients, one after the other, are those of the rows in their order."""
        parcels = []
        for _, group in groupby(mails, key=_transaction):
            rows = list(group)
            first, mail = rows[0]
            sender = self.sender if first.to else self.return_path(first)
            envid = "" if first.to else first.id
            parcels.append(Parcel(sender, tuple(row.recipient for row, _ in rows), mail, envid))
        return parcels


def _transaction(written: Written) -> tuple[str, int]:
    """What mails of one transaction have in common: the list that they name, and the very same bytes."""
    row, mail = written
    return (row.to, id(mail)) if row.to else (row.id, 0)
