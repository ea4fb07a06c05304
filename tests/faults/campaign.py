"""Breaks all five rooms at all their points, one after the other in each room, while incidents go their way."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from deploy.demo.driver import Driver, StepFailed
from tests.faults.audit import until
from tests.faults.failpoints import KILLS, SEAMS, Arm, Mode, Point, Seam
from tests.faults.incident import drive
from tests.faults.stack import Stack

AT_ONCE = 3
FIRES_WITHIN_S = 60.0
PATIENCE_S = 120.0
MODES = tuple(Mode)
ORDER = (Point.ACT, *(point for point in Point if point is not Point.ACT))
"""A mail that may have gone out waits a minute for its next attempt: the effects come first."""
Breaks = dict[str, list[tuple[Seam, Mode]]]
"""By room, what is to break and how, in this order."""


def everything() -> Breaks:
    """Return every call of every room, each with every mode."""
    return {room: [(seam, mode) for point in ORDER for seam in _at(room, point) for mode in MODES] for room in SEAMS}


def selection() -> Breaks:
    """Return one call or more for every point of every room, so that every point breaks in every mode in some room."""
    chosen: Breaks = {room: [] for room in SEAMS}
    for shift, point in enumerate(ORDER):
        rooms = [(room, seams) for room in SEAMS if (seams := _at(room, point))]
        for nth in range(max(len(rooms), len(MODES))):
            room, seams = rooms[nth % len(rooms)]
            chosen[room].append((seams[(nth + shift) % len(seams)], MODES[(nth + shift) % len(MODES)]))
    return chosen


def _at(room: str, point: Point) -> list[Seam]:
    return [seam for seam in SEAMS[room] if seam.point is point]


@dataclass
class Campaign:
    """A run of it, and what came of it: what was asked for, who went their way meanwhile, and what stopped them."""

    stack: Stack
    asked: dict[str, list[Arm]] = field(default_factory=lambda: {room: [] for room in SEAMS})
    incidents: list[Driver] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, breaks: Breaks) -> None:
        """Break every room as listed while incidents flow; return when all of them are published, or have failed."""
        with ThreadPoolExecutor(max_workers=len(SEAMS) + AT_ONCE) as pool:
            flowing = [pool.submit(self._flow) for _ in range(AT_ONCE)]
            self._note(pool.submit(self._break_all, room, each) for room, each in breaks.items())
            self._over.set()
            self._note(flowing)
        self.stack.arms.disarm_all()

    def unfired(self) -> dict[str, list[Arm]]:
        """Return what was asked for and has not happened."""
        left = {room: sorted({*arms} - {*self.stack.arms.fired(room)}) for room, arms in self.asked.items()}
        return {room: arms for room, arms in left.items() if arms}

    def _note(self, running: Iterable[Future[None]]) -> None:
        self.failures.extend(error for each in list(running) if (error := each.exception()))

    def _flow(self) -> None:
        """Drive one incident after the other; the last one begins when the last failpoint has fired."""
        last = False
        while not last:
            last = self._over.is_set()
            driver = Driver(self.stack.run.as_json(), patience=PATIENCE_S)
            self.incidents.append(driver)
            try:
                drive(driver)
            except StepFailed as error:
                self.failures.append(error)

    def _break_all(self, room: str, breaks: Iterable[tuple[Seam, Mode]]) -> None:
        for seam, mode in breaks:
            self._break(room, seam, mode)

    def _break(self, room: str, seam: Seam, mode: Mode) -> None:
        """Arm, wait until it has fired, and until the room is back if that killed it."""
        supervisor = self.stack.supervisor
        deaths = supervisor.restarts[room]
        arm = self.stack.arms.arm(room, seam.point, mode, seam.call)
        self.asked[room].append(arm)
        until(lambda: self._fired(room, arm), bool, FIRES_WITHIN_S)
        if mode in KILLS:
            until(lambda: supervisor.restarts[room] > deaths, bool, FIRES_WITHIN_S)
            supervisor.calm(room)

    def _fired(self, room: str, arm: Arm) -> bool:
        """Say whether it has fired; a message is only sent on when something else went wrong before."""
        arms = self.stack.arms
        if arm in arms.fired(room):
            return True
        if arm.point is Point.FORWARD and arms.armed(room) == [arm]:
            arms.arm(room, Point.LOAD, Mode.RAISED, "MongoDocuments.read")
        return False
