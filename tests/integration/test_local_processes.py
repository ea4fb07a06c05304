"""Only what is ours is ended, what is missing is named, and nothing of the machine is changed for good."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import debian, mongodb_program, processes, rabbitmq_program, stack
from deploy.local.errors import LocalError
from deploy.local.processes import Process
from deploy.local.site import Site


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    started = processes.spawn(
        "sleeper",
        [sys.executable, "-c", "import time; time.sleep(300)"],
        log=tmp_path / "log",
        env=dict(os.environ),
        cwd=tmp_path,
    )
    yield started
    processes.stop(started, 0)


def test_a_later_process_with_the_same_number_is_not_touched(tmp_path: Path, sleeper: Process) -> None:
    site = Site(tmp_path / "local")
    site.prepare()
    stale = Process("rabbitmq", sleeper.pid, sleeper.created - 1000, "another-mark", ("rabbitmq-server",))
    site.ledger.add(stale)
    site.run_file.write_text(json.dumps({"left": "from before the machine restarted"}))
    assert not processes.alive(stale)
    assert stack.down(site.root) is False
    assert processes.alive(sleeper)
    assert not site.run_file.exists()


def test_children_of_a_dead_process_are_found(tmp_path: Path) -> None:
    parent = processes.spawn(
        "parent", ["sh", "-c", "sleep 300 & wait"], log=tmp_path / "log", env=dict(os.environ), cwd=tmp_path
    )
    while not psutil.Process(parent.pid).children():
        pass
    child = psutil.Process(parent.pid).children()[0]
    psutil.Process(parent.pid).kill()
    processes.stop(parent, 1)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_who_does_not_listen_to_sigterm_is_killed(tmp_path: Path) -> None:
    deaf = ["sh", "-c", "trap '' TERM; echo deaf; sleep 300"]
    started = processes.spawn("deaf", deaf, log=tmp_path / "log", env=dict(os.environ), cwd=tmp_path)
    while "deaf" not in (tmp_path / "log").read_text():
        pass
    processes.stop(started, 0.2)
    assert not processes.alive(started)


def test_missing_programs_are_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(rabbitmq_program, "_installed", lambda: None)
    with pytest.raises(LocalError, match="brew install rabbitmq"):
        rabbitmq_program.find_or_install(tmp_path)
    with pytest.raises(LocalError, match="brew install mongodb-community"):
        mongodb_program.find_or_install(tmp_path)


def test_a_program_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"cannot start x with /no/such/program: No such file"):
        processes.spawn("x", ["/no/such/program"], log=tmp_path / "log", env={}, cwd=tmp_path)


def test_services_stay_down_while_packages_are_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with pytest.raises(subprocess.CalledProcessError, match="101"), debian.services_kept_down(policy):
        subprocess.run([str(policy)], check=True)
    assert not policy.exists()
    policy.write_text("the administrator's own")
    with debian.services_kept_down(policy):
        assert policy.read_text() == "the administrator's own"
    assert policy.exists()
