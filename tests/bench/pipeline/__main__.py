"""Start everything, drive incidents, print tables: `python -m tests.bench.pipeline`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.pipeline import told
from tests.bench.pipeline.driver import Plan, Result
from tests.bench.pipeline.flames import PY_SPY, drawn
from tests.bench.pipeline.hops import hops
from tests.bench.pipeline.stand import Stand, standing

AT_ONCE = 200
WARM_UP_S, WINDOW_S, WINDOWS = 15.0, 10.0, 5


def drive(stand: Stand, asked: argparse.Namespace, *, at_once: int = 0, rate: float = 0.0) -> Result:
    """Let a process of its own drive. Raises: CalledProcessError."""
    run = stand.run
    plan = Plan(
        gateway_url=run.gateway_url,
        rabbitmq_url=run.rabbitmq_url,
        secret=run.webhook_secrets["pagerduty"],
        keys={email: known["key"] for email, known in run.keys.items()},
        pids=stand.pids,
        at_once=at_once,
        rate=rate,
        warm_up_s=asked.warm_up,
        window_s=asked.window,
        windows=asked.windows,
    )
    command = [sys.executable, "-m", "tests.bench.pipeline.driver"]
    done = subprocess.run(command, input=plan.model_dump_json().encode(), stdout=subprocess.PIPE, check=True)
    return Result.model_validate_json(done.stdout)


def measure(stand: Stand, asked: argparse.Namespace) -> None:
    """Measure the most, then half of it."""
    with drawn(stand.pids, asked.flames, asked.warm_up, asked.window * asked.windows):
        most = drive(stand, asked, at_once=asked.at_once)
    sys.stdout.write(told.rates(most) + "\n" + told.cpu(most) + "\n" + told.waits(most) + "\n")
    rate = asked.rate or told.rate_of(most) / 2
    if asked.only_most:
        return
    half = drive(stand, asked, rate=rate)
    sys.stdout.write(
        f"At {rate:.1f} incidents/s:\n\n{told.waits(half)}\n{told.hops(hops(stand.run.mongo_url, half.said))}\n"
    )
    sys.stdout.write(told.cpu(half) + "\n")


def main() -> None:
    """Read the command line and measure."""
    asked = argparse.ArgumentParser(description="How many incidents a second go the whole way.")
    asked.add_argument("--at-once", type=int, default=AT_ONCE, help="incidents under way")
    asked.add_argument(
        "--rate", type=float, default=0.0, help="incidents a second for latencies; left out: half of the most"
    )
    asked.add_argument("--warm-up", type=float, default=WARM_UP_S)
    asked.add_argument("--window", type=float, default=WINDOW_S)
    asked.add_argument("--windows", type=int, default=WINDOWS)
    asked.add_argument("--radicale", action="store_true", help="with Radicale in place of the light calendar")
    asked.add_argument("--flames", type=Path, help="a folder for flame graphs of the rooms, drawn by py-spy")
    asked.add_argument("--only-most", action="store_true", help="leave out the latencies at half load")
    wanted = asked.parse_args()
    if wanted.flames and not PY_SPY.exists():
        asked.error("--flames draws with py-spy, which is not here: `make .venv/.bench` installs it")
    with tempfile.TemporaryDirectory() as place, standing(Path(place), radicale=wanted.radicale) as stand:
        measure(stand, wanted)


if __name__ == "__main__":
    main()
