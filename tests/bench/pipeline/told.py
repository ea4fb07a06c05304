"""Figures laid out as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median, quantiles

from tests.bench.pipeline.driver import Result


def rate_of(result: Result) -> float:
    """Return incidents a second, the median of the windows."""
    return median(window.through / window.seconds for window in result.windows)


def rates(result: Result) -> str:
    """Lay out how many incidents came through."""
    each = [window.through / window.seconds for window in result.windows]
    odd = ", ".join(f"{count} times {what}" for what, count in sorted(result.odd.items())) or "nothing"
    row = f"| {median(each):.1f} | {min(each):.1f} | {max(each):.1f} | {len(each)} | {odd} |\n"
    return f"| median incidents/s | min | max | windows | odd answers |\n|--:|--:|--:|--:|---|\n{row}"


def cpu(result: Result) -> str:
    """Lay out what each program took, an incident and of all that there is."""
    names = result.windows[0].cpu
    per = {name: median(w.cpu[name] / w.through * 1e3 for w in result.windows if w.through) for name in names}
    share = {name: median(w.cpu[name] / w.seconds for w in result.windows) for name in names}
    rows = [f"| {per[name]:.2f} | {share[name]:.2f} | {name} |" for name in sorted(names, key=lambda n: -per[n])]
    total = f"| {sum(per.values()):.2f} | {sum(share.values()):.2f} | all |"
    return "\n".join(["| CPU ms an incident | cores | program |", "|--:|--:|---|", *rows, total]) + "\n"


def waits(result: Result) -> str:
    """Lay out how long incidents and requests took."""
    took = {
        "resolved to published": result.published_s,
        "resolved to the last mail": result.through_s,
        **{f"request: {what}": seconds for what, seconds in result.requests_s.items()},
    }
    return _table("what", {name: each for name, each in took.items() if len(each) > 1})


def hops(found: Mapping[tuple[str, str], list[float]]) -> str:
    """Lay out how long messages took to their effect, and all of them together."""
    named = {f"{name} in {room}": seconds for (room, name), seconds in found.items() if len(seconds) > 1}
    slowest_first = dict(sorted(named.items(), key=lambda row: -_cuts(row[1])[1]))
    everything = [second for seconds in named.values() for second in seconds]
    return _table("message", {"every message": everything, **slowest_first})


def _table(what: str, took: Mapping[str, list[float]]) -> str:
    rows = (_row(name, seconds) for name, seconds in took.items())
    return "\n".join([f"| p50 ms | p99 ms | slowest ms | number | {what} |", "|--:|--:|--:|--:|---|", *rows]) + "\n"


def _row(name: str, seconds: list[float]) -> str:
    p50, p99 = _cuts(seconds)
    return f"| {p50:,.1f} | {p99:,.1f} | {1000 * max(seconds):,.1f} | {len(seconds):,} | {name} |"


def _cuts(seconds: Iterable[float]) -> tuple[float, float]:
    cuts = quantiles(seconds, n=100)
    return 1000 * cuts[49], 1000 * cuts[98]
