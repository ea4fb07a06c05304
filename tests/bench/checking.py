"""What the checker of the review costs, and how that grows: `python -m tests.bench.checking`.

CPU time of this process, since others work on the machine too; a figure is the best of the rounds. Sentences that
blame and neutral ones are mixed as they come; the last texts are those that are hard to read.
"""

from __future__ import annotations

import time
import tomllib
from itertools import cycle, islice
from pathlib import Path

from services.review.adapters import builtin
from services.review.domain.coaching import Coach, Draft

LABELLED = Path(__file__).parents[1] / "unit" / "review" / "coaching"
ROUNDS = 5
SIZE = 100_000
MOST_MS = 150
PEOPLE = ("Ben Okafor", "Maria Lindqvist", "Ana Souza", "Will Chen")
HARD = ("." * SIZE, "`" * SIZE, "](" * (SIZE // 2), "engineer who " * (SIZE // 13), "a\n" * (SIZE // 2), "<" * SIZE)
SENTENCES_A_PARAGRAPH = 4


def prose(size: int) -> str:
    """Return so many characters of Markdown."""
    tables = (tomllib.loads((LABELLED / f"{name}.toml").read_text("utf-8")) for name in ("neutral", "blameful"))
    sentences = cycle([text for table in tables for texts in table["sentences"].values() for text in texts])
    paragraphs = (" ".join(islice(sentences, SENTENCES_A_PARAGRAPH)) for _ in range(size // SENTENCES_A_PARAGRAPH))
    text = ""
    while len(text) < size:
        text += f"{next(paragraphs)}\n\n"
    return text[:size]


def cpu_ms(coach: Coach, text: str) -> float:
    """Return the milliseconds of CPU time that one check takes."""
    return min(_once(coach, text) for _ in range(ROUNDS)) * 1000


def _once(coach: Coach, text: str) -> float:
    began = time.process_time()
    coach.check(Draft({"overview": text}, PEOPLE))
    return time.process_time() - began


def main() -> None:
    """Print the figures; raise when a text of 100 KB takes longer than promised."""
    coach = Coach(builtin())
    for times in (1, 2, 4):
        print(f"prose {times * SIZE // 1000:4} KB {cpu_ms(coach, prose(times * SIZE)):8.1f} ms")  # noqa: T201
    for text in HARD:
        print(f"{text[:12]!r:20} {cpu_ms(coach, text):8.1f} ms, twice {cpu_ms(coach, text * 2):8.1f} ms")  # noqa: T201
    if (took := cpu_ms(coach, prose(SIZE))) > MOST_MS:
        raise SystemExit(f"100 KB took {took:.0f} ms of CPU, more than {MOST_MS}")


if __name__ == "__main__":
    main()
