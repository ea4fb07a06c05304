"""What benches measured, and what they are held to: ratios within one run, since seconds are another machine's.

A ratio says how much of a floor beside it, or of the same with less stored, is left; higher is better, always. Each
bench keeps those of its last run in `.local/bench`; those that `make bench-check` compares with are in `ratios.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

Ratios = dict[str, float]
KEPT = Path(__file__).parents[2] / ".local" / "bench"
COMMITTED = Path(__file__).with_name("ratios.json")
DIGITS = 3


def keep(bench: str, ratios: Mapping[str, float], folder: Path = KEPT) -> None:
    """Write down what a run of a bench measured, in place of what the run before did. Raises: ValueError for NaN."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"{bench}.json", {name: round(ratio, DIGITS) for name, ratio in ratios.items()})


def kept(folder: Path = KEPT) -> dict[str, Ratios]:
    """Return what the last run of each bench on this machine measured."""
    return {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))}


def committed(file: Path = COMMITTED) -> dict[str, Ratios]:
    """Return what the benches are held to; nothing before anything was recorded."""
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def commit(ratios: Mapping[str, Mapping[str, float]], file: Path = COMMITTED) -> None:
    """Hold these benches to these ratios from now on; others to what they are held to already."""
    _write(file, {**committed(file), **ratios})


def _write(file: Path, content: Mapping[str, object]) -> None:
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    file.write_text(f"{text}\n", "utf-8")
