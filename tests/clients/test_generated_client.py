"""A client that is generated from the committed description goes the whole way on the real stack."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from deploy.local.run import Run
from tests.contract.record import OPENAPI
from tests.helpers.python_tool import installed, surroundings

HERE = Path(__file__).parent
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with the generator, and with what a generated client needs."""
    return installed(HERE / "requirements.txt")


@pytest.fixture(scope="session")
def generated(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a client that was generated without a single warning."""
    folder = tmp_path_factory.mktemp("client") / "afterword"
    subprocess.run(
        [
            python.parent / "openapi-python-client",
            "generate",
            "--fail-on-warning",
            *("--path", OPENAPI, "--output-path", folder, "--config", HERE / "generator.yaml"),
        ],
        check=True,
        env=surroundings(python),
    )
    return folder


def test_every_operation_becomes_a_function(generated: Path) -> None:
    described = json.loads(OPENAPI.read_bytes())
    wanted = {operation["operationId"] for each in described["paths"].values() for operation in each.values()}
    made = {path.stem for path in (generated / "afterword_client" / "api").rglob("*.py")} - {"__init__"}
    assert made == wanted


def test_an_incident_goes_from_its_report_to_its_mails_by_generated_functions_alone(
    python: Path, generated: Path, running: Run
) -> None:
    driven = subprocess.run(
        [python, HERE / "drive.py", generated],
        input=json.dumps(running.as_json()),
        capture_output=True,
        text=True,
        check=False,
        env=surroundings(python),
    )
    assert driven.returncode == 0, driven.stderr[-3000:]
    seen = json.loads(driven.stdout)
    assert seen["missing"] == []
    assert len(seen["approvals"]) == 2
    assert set(seen["deliveries"]) == {"accepted"}
    assert seen["listed"]
    assert seen["refused"] == "already-submitted"
    assert seen["item"] == "done"
    assert seen["lists"] > 1
    assert seen["read"] == ["# Ch", "%PDF", "<?xml", "BEGIN"]
