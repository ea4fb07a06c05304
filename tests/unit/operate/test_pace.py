"""How far a rebuild has come, and what is said of it at its end."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from rich.console import Console

from deploy.operate import pace
from deploy.operate.rebuild import Done


@pytest.mark.parametrize(("is_terminal", "shown"), [(True, True), (False, False)])
def test_a_bar_tells_what_is_done_of_how_much_and_is_quiet_where_nobody_looks(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool, shown: bool
) -> None:
    told = StringIO()
    monkeypatch.setattr(pace, "err", Console(file=told, force_terminal=is_terminal, width=120))
    with pace.pace("reading the log", 2000) as advance:
        advance(500)
        advance(1500)
    assert ("reading the log" in told.getvalue(), "2,000 of 2,000" in told.getvalue()) == (shown, shown)


def test_a_run_tells_how_much_it_built_and_what_whoever_ran_it_should_know() -> None:
    done = Done(
        documents=1200,
        taken=Counter({"DraftCreated.v1": 1200, "Published.v1": 800}),
        seconds=0.5,
        sent=Counter({"Published.v1": 3}),
        left=2,
        left_out={f"e-{n}": "why" for n in range(7)},
    )
    assert str(done) == "built: 1,200 postmortems, reviewers and lists out of 2,000 events (0.5 s, 4,000/s)"
    odd = list(done.odd())
    assert odd[0].startswith("the gateway had not heard 3 events")
    assert odd[1].startswith("2 documents were heard of all the while")
    assert odd[2:] == [*(f"left out, as the gateway does: e-{n}: why" for n in range(5)), "... and 2 more"]
