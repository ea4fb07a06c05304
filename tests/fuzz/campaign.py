"""What is sent to the front door by schemathesis: as whom, how much, and what is left out, with the reason."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.demo import AUTHOR, tell
from deploy.demo.driver import Driver
from deploy.local.run import Run
from tests.helpers.python_tool import installed, surroundings

HERE = Path(__file__).parent
EXCLUDED = {"/v1/events": "an answer that never ends; it has tests of its own"}
BEARERS = ("alertmanager", "opsgenie", "grafana-oncall", "cloudevents")
"""Sources whose proof is a secret; a signature over what was just invented is beyond the fuzzer."""
WEBHOOKS = ("--include-path", "/v1/webhooks/{source}", "--phases", "examples,coverage,fuzzing")
SEED = 20260302


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One run of the fuzzer: who calls, with which key, and how much."""

    who: str
    key: str = field(repr=False)
    options: Sequence[str]
    source: str = ""


def quick(run: Run) -> Iterator[Turn]:
    """Yield what is sent each time that the tests run: little, and always the same."""
    yield Turn(who="engineer", key=key_of(run, "engineer"), options=_much(3))
    yield Turn(who="admin", key=key_of(run, "admin"), options=(*_much(1), "--phases", "examples,fuzzing"))
    yield Turn(
        who="alertmanager",
        key=run.webhook_secrets["alertmanager"],
        options=(*_much(10), *WEBHOOKS),
        source="alertmanager",
    )


def whole(run: Run) -> Iterator[Turn]:
    """Yield what is sent by `make fuzz`: every role and every source that proves itself by a secret."""
    for role, examples in (("engineer", 50), ("admin", 25), ("reviewer", 10), ("tool", 10)):
        yield Turn(who=role, key=key_of(run, role), options=_much(examples))
    for source in BEARERS:
        yield Turn(who=source, key=run.webhook_secrets[source], options=(*_much(100), *WEBHOOKS), source=source)


def _much(examples: int) -> tuple[str, ...]:
    return ("--max-examples", str(examples), "--seed", os.environ.get("AFTERWORD_FUZZ_SEED", str(SEED)))


def key_of(run: Run, role: str) -> str:
    """Return the key of the first person with this role."""
    return next(known["key"] for known in run.keys.values() if known["role"] == role)


def postmortems(run: Run) -> list[str]:
    """Make three postmortems, as far as a draft, a review and a publication; return their ids."""
    drivers = [Driver(run.as_json()) for _ in range(3)]
    for driver in drivers[:2]:
        driver.report_incident()
        driver.draft(AUTHOR)
    drivers[1].act(AUTHOR, "POST", "/submit")
    tell(drivers[2], lambda _: None)
    return [driver.id for driver in drivers]


def sent(turn: Turn, run: Run, ids: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Do one turn; the result has the fuzzer's report, and is 0 when the front door kept every promise."""
    python = installed(HERE / "requirements.txt")
    told = {"AFTERWORD_FUZZ_IDS": ",".join(ids), "AFTERWORD_FUZZ_SOURCE": turn.source}
    return subprocess.run(
        [
            *(python.parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"),
            *("run", f"{run.gateway_url}/openapi.json", "--no-color", "--continue-on-failure"),
            *("--header", f"Authorization: Bearer {turn.key}"),
            *(word for path in EXCLUDED for word in ("--exclude-path", path)),
            *turn.options,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**surroundings(python), **told, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)},
    )


def report(turn: Turn, done: subprocess.CompletedProcess[str]) -> str:
    """Return what the fuzzer said, in short."""
    said = done.stdout[-6000:] + done.stderr[-2000:]
    return f"as {turn.who}, {' '.join(turn.options)}:\n{said}"
