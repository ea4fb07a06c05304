"""What can go wrong with one call, and how often it does in one history."""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from random import Random


class Fate(Enum):
    """How one call to a server ends."""

    WELL = auto()
    FAILED_BEFORE = auto()
    FAILED_AFTER = auto()
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()


FAULTY = (Fate.FAILED_BEFORE, Fate.FAILED_AFTER, Fate.KILLED_BEFORE, Fate.KILLED_AFTER)


class StoreTrouble(Exception):
    """The document store did not answer well: whether it did what it was asked is unknown."""


class Faults:
    """Draws faults from the seed, up to a budget below every limit after which a message would be parked."""

    def __init__(self, random: Random, budget: int, rate: float) -> None:
        self.random = random.random
        self.left = budget
        self.rate = rate
        self.met: Counter[str] = Counter()

    def fate(self, what: str) -> Fate:
        """Return how this call ends."""
        if not self.strikes(what, self.rate):
            return Fate.WELL
        fate = FAULTY[int(self.random() * len(FAULTY))]
        self.met[fate.name] += 1
        return fate

    def strikes(self, what: str, rate: float) -> bool:
        """Say whether a fault of another kind happens here."""
        if self.left == 0 or self.random() >= rate:
            return False
        self.left -= 1
        self.met[what] += 1
        return True

    def heal(self) -> None:
        """Nothing goes wrong from here on."""
        self.left = 0

    @property
    def total(self) -> int:
        """How many faults there were."""
        return sum(self.met[fate.name] for fate in FAULTY) + sum(
            times for what, times in self.met.items() if what in BROKER_FAULTS
        )


BROKER_FAULTS = ("duplicated", "out of turn", "connection lost", "process killed", "ack lost")
