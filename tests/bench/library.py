"""How long searches of the library take, among 1,000 postmortems and among 100,000: `make bench`.

Two gateways on this machine, each with a library of its own, are asked the same over HTTP, one request at a time, now
the one and then the other, in a mix of all kinds. First both show pages of 50. Then both show as many results as the
smaller one has: a page that shows more costs more, whatever there is besides. The postmortems are generated and put
into the databases as the gateways would have written them themselves.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median, quantiles

from deploy.local import stack
from shared.garbage import keep_what_is_loaded
from tests.bench.library_asking import A_PAGE, API, DEEP, FLOOR, Answered, Asker, Question, Questions
from tests.bench.library_filling import library, size_of
from tests.bench.ratios import keep

FEW, MANY, ROUNDS, TURNS = 1_000, 100_000, 100, 3
WARM_UP, DRAWN = 10, 20
TOGETHER = "all searches and pages together"
HEAD = (
    "| | shown | p50 ms | p99 ms | shown | p50 ms | p99 ms | ratio of p50 | ratio of p99 |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
)
Answers = dict[str, list[Answered]]
Kinds = Mapping[str, Callable[[], Question]]


@dataclass
class Turn:
    """The answers of both libraries in one turn, by the kind of question."""

    few: Answers = field(default_factory=lambda: defaultdict(list))
    many: Answers = field(default_factory=lambda: defaultdict(list))


def turn(few: Asker, many: Asker, kinds: Kinds, rounds: int, *, alike: bool) -> Turn:
    """Ask both libraries in turns; `alike`: for as many results as the smaller one has."""
    found = Turn()
    few.cursor = many.cursor = None
    for number in range(rounds + WARM_UP):
        for kind, make in kinds.items():
            question, limit = _of_few(few, kind, make) if alike else (make(), None)
            both = [(few, found.few), (many, found.many)]
            for asker, answers in both if number % 2 else reversed(both):
                answer = asker.ask(kind, question, limit)
                if number >= WARM_UP:
                    answers[kind].append(answer)
    for answers in (found.few, found.many):
        answers[TOGETHER] = [answer for kind, each in answers.items() if kind != FLOOR for answer in each]
    return found


def _of_few(few: Asker, kind: str, make: Callable[[], Question]) -> tuple[Question, int | None]:
    """Return a question to which the smaller library finds something, where that can be, and how much it finds."""
    question = make()
    if question.path != API or kind == DEEP:
        return question, None
    for _ in range(DRAWN):
        if shown := few.ask(kind, question).shown:
            return question, min(shown, A_PAGE)
        question = make()
    return question, A_PAGE


def told(turns: list[Turn]) -> str:
    """Lay the latencies out, those of few postmortems beside those of many: medians of the turns."""
    rows = [
        _row(kind, [turn.few[kind] for turn in turns], [turn.many[kind] for turn in turns]) for kind in turns[0].few
    ]
    return HEAD + "\n".join(rows) + "\n"


def _row(kind: str, few: list[list[Answered]], many: list[list[Answered]]) -> str:
    cuts = [([_cut(each, n) for each in few], [_cut(each, n) for each in many]) for n in (50, 99)]
    halves = []
    for half, turns in enumerate((few, many)):
        shown = mean(answer.shown for answers in turns for answer in answers)
        halves.append(" | ".join([f"{shown:,.0f}", *(f"{median(cut[half]):,.1f}" for cut in cuts)]))
    ratios = [median(b / a for a, b in zip(*cut, strict=True)) for cut in cuts]
    return f"| {kind} | {halves[0]} | {halves[1]} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"


def _cut(answers: list[Answered], percent: int) -> float:
    return quantiles([answer.ms for answer in answers], n=100)[percent - 1]


def ratios(turns: list[Turn]) -> dict[str, float]:
    """Return how fast many are searched, few being 1, by the kind of question."""
    return {
        kind: median(_cut(turn.few[kind], 50) / _cut(turn.many[kind], 50) for turn in turns) for kind in turns[0].few
    }


@contextmanager
def stacks(folder: Path | None) -> Iterator[tuple[Path, Path]]:
    """Give the folders of two stacks; without a folder for them they are ended and forgotten."""
    if folder is not None:
        yield folder / "few", folder / "many"
        return
    with tempfile.TemporaryDirectory() as temporary:
        both = Path(temporary, "few"), Path(temporary, "many")
        try:
            yield both
        finally:
            for each in both:
                stack.down(each)


def measure(folders: tuple[Path, Path], many: int, rounds: int, turns: int) -> None:
    """Fill two libraries, ask them, and print tables."""
    small, phrases = library(folders[0], FEW, FEW)
    large, _ = library(folders[1], FEW, many)
    questions, askers = Questions(phrases), (Asker(small), Asker(large))
    keep_what_is_loaded()
    _say(f"{size_of(small)}; {size_of(large)}; load average {os.getloadavg()[0]:.1f}\n\n")
    pages = [turn(*askers, questions.kinds(), rounds, alike=False) for _ in range(turns)]
    _say(f"Pages of {A_PAGE}:\n\n{told(pages)}\n{_refused(pages)} searches were too wide\n\n")
    alike = [turn(*askers, questions.alike(), rounds, alike=True) for _ in range(turns)]
    _say(f"As many results as the smaller library has:\n\n{told(alike)}")
    keep("library", ratios(alike))


def _refused(turns: list[Turn]) -> int:
    return sum(answer.refused for turn in turns for answers in turn.many.values() for answer in answers)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> None:
    """Measure, and print tables."""
    asked = argparse.ArgumentParser(description="How long searches of the library take.")
    asked.add_argument("--many", type=int, default=MANY)
    asked.add_argument("--rounds", type=int, default=ROUNDS, help="questions of each kind in one turn")
    asked.add_argument("--turns", type=int, default=TURNS)
    asked.add_argument("--folder", type=Path, help="where the two stacks are kept, up, for another run")
    wanted = asked.parse_args()
    with stacks(wanted.folder) as folders:
        measure(folders, wanted.many, wanted.rounds, wanted.turns)


if __name__ == "__main__":
    main()
