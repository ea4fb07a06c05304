"""What benches keep is found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.ratios import commit, committed, keep, kept


def test_what_benches_keep_is_found_by_their_names(tmp_path: Path) -> None:
    keep("handling", {"new": 1.0614, "known": 0.91}, tmp_path / "made")
    keep("mail", {"list mode": 47.6}, tmp_path / "made")

    assert kept(tmp_path / "made") == {"handling": {"new": 1.061, "known": 0.91}, "mail": {"list mode": 47.6}}


def test_a_run_replaces_what_the_run_before_kept(tmp_path: Path) -> None:
    keep("handling", {"new": 1.0, "known": 0.9}, tmp_path)
    keep("handling", {"new": 0.8}, tmp_path)

    assert kept(tmp_path) == {"handling": {"new": 0.8}}


def test_nothing_is_kept_before_a_bench_ran(tmp_path: Path) -> None:
    assert kept(tmp_path / "none") == {}
    assert committed(tmp_path / "none.json") == {}


def test_no_number_is_no_ratio(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        keep("handling", {"new": float("nan")}, tmp_path)

    assert kept(tmp_path) == {}


def test_recording_one_bench_leaves_the_others(tmp_path: Path) -> None:
    file = tmp_path / "ratios.json"
    commit({"handling": {"new": 1.0}, "mail": {"list mode": 47.6}}, file)
    commit({"mail": {"list mode": 50.0}}, file)

    assert committed(file) == {"handling": {"new": 1.0}, "mail": {"list mode": 50.0}}


def test_what_is_committed_can_be_read() -> None:
    assert all(ratio > 0 for ratios in committed().values() for ratio in ratios.values())
