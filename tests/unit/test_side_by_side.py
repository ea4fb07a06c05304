"""`python -m tests` runs everything once, says what failed, and stops its processes when it is stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest

from tests.__main__ import BESIDE, ROOT, WHOLE, commands, together


def python(text: str) -> list[str]:
    return [sys.executable, "-c", dedent(text)]


def exits(code: int) -> list[str]:
    return python(f"print('first line'); print('last line'); raise SystemExit({code})")


@pytest.fixture(autouse=True)
def _handlers() -> object:
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_what_one_process_runs_the_others_leave_out() -> None:
    rest, whole, beside = commands(["-x"])
    elsewhere = (*WHOLE, *BESIDE)
    assert whole[-len(WHOLE) :] == list(WHOLE)
    assert beside[-len(BESIDE) :] == list(BESIDE)
    assert rest[-len(elsewhere) - 1 :] == ["tests", *(f"--ignore={path}" for path in elsewhere)]
    assert all("-x" in command for command in (rest, whole, beside))
    assert all((ROOT / path).exists() for path in elsewhere)


@pytest.mark.parametrize(
    ("codes", "code"),
    [((0, 0, 0), 0), ((1, 0, 0), 1), ((0, 2, 0), 2), ((0, 0, 2), 2), ((1, 2, 3), 1), ((5, 0, 0), 0), ((5, 5, 5), 5)],
)
def test_it_is_well_when_all_are(codes: tuple[int, ...], code: int) -> None:
    assert together(*map(exits, codes)) == code


@pytest.mark.parametrize(("code", "shown"), [(0, False), (1, True)])
def test_what_ran_beside_is_shown_whole_when_it_failed(
    code: int, shown: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    together(python(""), exits(code))
    said = capfd.readouterr().out
    assert "last line" in said
    assert ("first line" in said) is shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_it_is_stopped_each_is_told_once_and_may_tidy_up(tmp_path: Path, number: signal.Signals) -> None:
    waits = """
        import sys, time
        from pathlib import Path
        Path(sys.argv[1] + '.began').touch()
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            Path(sys.argv[1] + '.tidied').touch()
            raise SystemExit(2)
    """
    names = ["beside", "first", "whole"]
    all_of_them = [[*python(waits), str(tmp_path / name)] for name in names]
    program = f"from tests.__main__ import together; raise SystemExit(together(*{all_of_them!r}))"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT) as running:
        while len(list(tmp_path.glob("*.began"))) < len(names):
            with suppress(subprocess.TimeoutExpired):
                pytest.fail(f"ended with {running.wait(timeout=0.05)} before it was stopped")
        running.send_signal(number)
        assert running.wait(timeout=60) == 2
    assert sorted(path.name for path in tmp_path.glob("*.tidied")) == [f"{name}.tidied" for name in names]
