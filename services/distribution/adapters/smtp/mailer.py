"""The mailer: parcels in, over as few connections as it takes, a result for each recipient out."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

from services.distribution.adapters.smtp.connecting import Door, NoLinkError, Token
from services.distribution.adapters.smtp.link import BrokenError, Link, Patience
from services.distribution.adapters.smtp.rate import Gate
from services.distribution.adapters.smtp.sheet import Piece, Sheet, objection
from services.distribution.adapters.smtp.transaction import Transaction
from services.distribution.adapters.smtp.ways import way_for
from services.distribution.domain import Outcome, Parcel, Relay, Result

MAILS_A_CONNECTION = 100
"""Relays count them, and close at some number; 100 is a common one."""


class SmtpMailer:
    """One connection to the relay, used for many mails."""

    def __init__(
        self,
        relay: Relay,
        context: ssl.SSLContext | None = None,
        timeout: float = 60.0,
        *,
        token: Token | None = None,
        gate: Gate | None = None,
    ) -> None:
        self._door = Door(relay, context, Patience(timeout), token)
        self._gate = gate or Gate()
        self._link: Link | None = None
        self._suspect: Parcel | None = None

    @property
    def is_connected(self) -> bool:
        """Say whether there is a connection that another mail could use."""
        return self._link is not None and self._link.is_fit

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[tuple[Result, ...]]:
        """Send parcels in their order; never raises for what a relay or a network may do."""
        sheet = Sheet(parcels)
        try:
            gate = await self._gate.batch(sum(len(piece.positions) for piece in sheet.waiting))
            while sheet.waiting:
                await self._round(sheet, gate)
        except NoLinkError as error:
            sheet.fill(error.result)
        except BaseException:  # cancelled: the connection is out of step with the relay
            self._drop()
            raise
        return sheet.results()

    async def close(self) -> None:
        """Say goodbye to the relay."""
        if self._link is not None and self._link.is_fit:
            await self._link.quit()
        self._drop()

    async def _round(self, sheet: Sheet, gate: Gate) -> None:
        """Send over one connection what it takes, and note what became of it. Raises: NoLinkError."""
        link = await self._connected()
        pieces = [piece for piece in sheet.take(MAILS_A_CONNECTION - link.transactions) if _is_fit(sheet, piece, link)]
        transactions = [Transaction(piece.parcel) for piece in pieces]
        link.transactions += len(transactions)
        trouble = await self._send(link, transactions, gate)
        for piece, transaction in zip(pieces, transactions, strict=True):
            sheet.note(piece, transaction, trouble or "", is_used=link.accepted > 0)
        if trouble is None:
            self._suspect = None
        elif not link.accepted:
            self._blame(sheet, pieces, trouble)

    async def _send(self, link: Link, transactions: Sequence[Transaction], gate: Gate) -> str | None:
        """Return why the connection ended, or None."""
        try:
            await way_for(link.offers)(link, transactions, gate)
        except BrokenError as error:
            self._drop()
            return str(error)
        return None

    def _blame(self, sheet: Sheet, pieces: Sequence[Piece], trouble: str) -> None:
        """A connection broke before it took anything: what waits does so until the relay is back.

        The mail at which it broke may be why. When that happens to it twice, it alone waits, and longer each time.
        """
        first = next((piece for piece in pieces if sheet.is_away(piece)), None)
        if first is not None and self._suspect == first.parcel:
            sheet.put(first, Result(Outcome.RETRY, f"not sent: {trouble}, twice"))
        self._suspect = first.parcel if first else None
        sheet.fill(Result(Outcome.AWAY, f"not sent: {trouble}"))

    async def _connected(self) -> Link:
        """Return a connection that is fit for a mail. Raises: NoLinkError."""
        link = self._link
        if link is not None and link.is_fit and link.transactions < MAILS_A_CONNECTION:
            return link
        await self.close()
        self._link = await self._door.open()
        return self._link

    def _drop(self) -> None:
        if self._link is not None:
            self._link.abort()
        self._link = None
        self._door.close()


def _is_fit(sheet: Sheet, piece: Piece, link: Link) -> bool:
    """Say whether a relay can take a parcel; note why not."""
    why_not = objection(piece.parcel, link.offers)
    if why_not is not None:
        sheet.put(piece, why_not)
    return why_not is None
