"""docker-compose.yml and the Dockerfile, held against the services that they run."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose import FILES, make_secrets
from deploy.local.errors import LocalError
from shared.settings import PREFIX, RoomSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")


def settings_of(room: str) -> type[RoomSettings]:
    settings: type[RoomSettings] = import_module(f"services.{room}.settings").Settings
    return settings


def given_to(room: str) -> set[str]:
    """The settings that compose and the image together give to a service, by field name."""
    image = re.findall(rf"\b({PREFIX}[A-Z_]+)=", DOCKERFILE)
    names = [*COMPOSE["services"][room]["environment"], *image]
    return {name.removeprefix(PREFIX).removesuffix("_FILE").lower() for name in names}


@pytest.mark.parametrize("room", ROOMS)
def test_every_setting_given_exists_and_every_one_needed_is_given(room: str) -> None:
    fields = settings_of(room).model_fields
    assert given_to(room) <= set(fields)
    assert {name for name, field in fields.items() if field.is_required()} <= given_to(room)


@pytest.mark.parametrize("room", ROOMS)
def test_a_service_runs_its_own_module_from_the_one_image_and_waits_for_healthy_servers(room: str) -> None:
    service = COMPOSE["services"][room]
    assert service["command"] == ["python", "-m", f"services.{room}.app"]
    assert (ROOT / "services" / room / "app.py").exists()
    assert service["image"] == "afterword:local"
    for server, how in service["depends_on"].items():
        assert how == {"condition": "service_healthy"}
        assert "healthcheck" in COMPOSE["services"][server] or "HEALTHCHECK" in DOCKERFILE


@pytest.mark.parametrize("room", ROOMS)
def test_a_service_has_no_privileges_and_a_read_only_root(room: str) -> None:
    service = COMPOSE["services"][room]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


def test_secrets_come_as_files_and_each_one_used_is_declared() -> None:
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for service in COMPOSE["services"].values():
        for value in service.get("environment", {}).values():
            if str(value).startswith("/run/secrets/"):
                assert str(value).removeprefix("/run/secrets/") in service["secrets"]


def test_afterword_secrets_makes_every_file_that_compose_mounts_once(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    mounted = [Path(secret["file"]).name for secret in COMPOSE["secrets"].values()]
    assert sorted(mounted) == sorted(FILES)
    assert all((tmp_path / name).read_text(encoding="utf-8").strip() for name in FILES)
    with pytest.raises(LocalError, match="exists"):
        make_secrets(tmp_path)


def test_ports_are_published_on_this_machine_only() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_images_run_as_somebody_without_rights() -> None:
    stages = DOCKERFILE.split("\nFROM ")[1:]
    for stage in stages:
        if "CMD" in stage:
            assert re.search(r"^USER 1000\d$", stage, re.MULTILINE)


def test_what_the_image_copies_is_not_ignored() -> None:
    kept = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for source in " ".join(copied).split():
        assert any(source.rstrip("/").startswith(name) for name in kept), source
        assert (ROOT / source).exists(), source
