"""What is still to be sent of a batch, and what became of the rest. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.distribution.adapters.smtp.envelope import is_address, needs_utf8
from services.distribution.adapters.smtp.offers import Offers
from services.distribution.adapters.smtp.transaction import Transaction
from services.distribution.domain import Outcome, Parcel, Result


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the recipients of a parcel: whose number it is, and which of its recipients, in their order."""

    number: int
    positions: tuple[int, ...]
    parcel: Parcel


class Sheet:
    """A batch of parcels. Every recipient has a result, or is in a piece that waits."""

    def __init__(self, parcels: Sequence[Parcel]) -> None:
        self._parcels = parcels
        self._results: list[list[Result | None]] = [[None] * len(parcel.recipients) for parcel in parcels]
        self.waiting: deque[Piece] = deque()
        for number, parcel in enumerate(parcels):
            self._refuse_bad_addresses(number, parcel)
            left = [position for position, found in enumerate(self._results[number]) if found is None]
            utf8 = [position for position in left if needs_utf8(parcel, parcel.recipients[position])]
            plain = [position for position in left if position not in utf8]
            self.waiting.extend(self._piece(number, part) for part in (plain, utf8) if part)

    def take(self, most: int) -> list[Piece]:
        """Return the first pieces that wait; they wait no more."""
        return [self.waiting.popleft() for _ in range(min(most, len(self.waiting)))]

    def note(self, piece: Piece, transaction: Transaction, trouble: str, *, is_used: bool) -> None:
        """Write down what became of a piece.

        What a relay has not looked at waits again: recipients who were too many, in pieces of as many as it took;
        and, when the connection took mail before, those whose mail it closed on.
        """
        many: list[int] = []
        closed: list[int] = []
        for number, position in enumerate(piece.positions):
            result = transaction.result(number, trouble, is_used=is_used)
            if transaction.is_one_too_many(number):
                many.append(position)
            elif result.outcome is Outcome.AWAY and is_used:
                closed.append(position)
            else:
                self._results[piece.number][position] = result
        self._again(piece.number, many, transaction.taken())
        self._again(piece.number, closed, len(closed))

    def put(self, piece: Piece, result: Result) -> None:
        """Write down the same for all of a piece that have no other result."""
        results = self._results[piece.number]
        for position in piece.positions:
            if results[position] is None or self._is_away(results[position]):
                results[position] = result

    def is_away(self, piece: Piece) -> bool:
        """Say whether somebody of a piece was not reached."""
        return any(self._is_away(self._results[piece.number][position]) for position in piece.positions)

    def fill(self, result: Result) -> None:
        """Write down the same for all that wait; they wait no more."""
        while self.waiting:
            self.put(self.waiting.popleft(), result)

    def results(self) -> list[tuple[Result, ...]]:
        """Return what became of each recipient of each parcel. Nobody may wait."""
        return [tuple(each for each in row if each is not None) for row in self._results]

    def _refuse_bad_addresses(self, number: int, parcel: Parcel) -> None:
        for position, recipient in enumerate(parcel.recipients):
            if not is_address(recipient):
                self._results[number][position] = Result(Outcome.FAILED, f"address: {recipient[:100]!r} is no address")

    def _again(self, number: int, positions: Sequence[int], most: int) -> None:
        parts = [positions[start : start + most] for start in range(0, len(positions), most)] if positions else []
        self.waiting.extendleft(reversed([self._piece(number, part) for part in parts]))

    def _piece(self, number: int, positions: Iterable[int]) -> Piece:
        chosen, parcel = tuple(positions), self._parcels[number]
        return Piece(number, chosen, replace(parcel, recipients=tuple(parcel.recipients[each] for each in chosen)))

    @staticmethod
    def _is_away(result: Result | None) -> bool:
        return result is not None and result.outcome is Outcome.AWAY


def objection(parcel: Parcel, offers: Offers) -> Result | None:
    """Say why a relay cannot take a parcel, or None."""
    if not offers.takes(len(parcel.mail)):
        why = f"the mail has {len(parcel.mail)} bytes, and the relay takes {offers.size} at most"
        return Result(Outcome.FAILED, f"size: {why}")
    if not offers.smtputf8 and any(needs_utf8(parcel, each) for each in parcel.recipients):
        why = "an address that is not ASCII needs SMTPUTF8, which the relay does not offer"
        return Result(Outcome.FAILED, f"address: {why}")
    return None
