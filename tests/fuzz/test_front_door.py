"""Whatever is sent, the front door answers as it describes itself: a quick part of `make fuzz`, always the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.local.run import Run
from tests.contract.record import OPENAPI
from tests.fuzz import campaign


@pytest.mark.timeout(600)
def test_whoever_sends_whatever_gets_an_answer_that_is_described(running: Run, tmp_path: Path) -> None:
    ids = campaign.postmortems(running)
    turns = list(campaign.quick(running))
    done = [campaign.sent(turn, running, ids, tmp_path) for turn in turns]
    broken = [campaign.report(*each) for each in zip(turns, done, strict=True) if each[1].returncode]
    assert broken == [], "\n\n".join(broken)
    assert all(" passed" in each.stdout for each in done)


@pytest.mark.parametrize("path", campaign.EXCLUDED)
def test_what_is_left_out_would_not_end(path: str) -> None:
    described = json.loads(OPENAPI.read_bytes())["paths"].get(path, {})
    media = [media for each in described.values() for media in each["responses"]["200"]["content"]]
    assert set(media) <= {"text/event-stream"}, f"{path} is left out of the fuzzing without a reason"
