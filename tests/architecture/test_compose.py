"""docker-compose.yml and the Dockerfile, held against the services that they run."""

from __future__ import annotations

import base64
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.compose import FILES, PASSWORDS, UNSET, described_by, make_secrets, renew_definitions
from deploy.containers.images import stand_ins
from deploy.local.errors import LocalError
from deploy.operate.definitions import definitions, hashed
from shared.settings import PREFIX, RoomSettings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")
OF_ALL = {name: service for name, service in COMPOSE["services"].items() if "profiles" not in service}
"""What `docker compose up` starts."""
STANDARD = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}
"""Names of OpenTelemetry's own, which the rooms leave to its library."""


def settings_of(room: str) -> type[RoomSettings]:
    settings: type[RoomSettings] = import_module(f"services.{room}.settings").Settings
    return settings


def given_to(room: str) -> set[str]:
    """The settings that compose and the image together give to a service, by field name."""
    image = re.findall(rf"\b({PREFIX}[A-Z_]+)=", DOCKERFILE)
    names = [*(set(COMPOSE["services"][room]["environment"]) - STANDARD), *image]
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
        assert "healthcheck" in COMPOSE["services"][server]


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_has_no_privileges_and_limits(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["networks"] == ["afterword"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    if "build" not in service:  # ours say so themselves
        assert service["user"] not in ("root", "0")


@pytest.mark.parametrize("name", set(COMPOSE["services"]) - {"tools"})
def test_what_stays_has_a_check_and_comes_back(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["start_period"]


def test_what_ends_by_itself_is_started_only_when_it_is_asked_for() -> None:
    tools = COMPOSE["services"]["tools"]
    assert (tools["restart"], tools["profiles"]) == ("no", ["tools"])
    assert "healthcheck" not in tools
    assert "depends_on" not in tools, "the doctor looks at what does not run, too"


def test_the_tools_know_what_every_room_knows() -> None:
    """So that the doctor can put each of them together; they come to the servers as somebody who may see all."""
    told = set(COMPOSE["services"]["tools"]["environment"])
    assert told >= {name for room in ROOMS for name in COMPOSE["services"][room]["environment"]}
    assert {"/run/secrets/rabbitmq_url_administrator", "/run/secrets/mongo_url_administrator"} <= set(
        COMPOSE["services"]["tools"]["environment"].values()
    )


def test_data_is_in_named_volumes_and_all_else_is_only_read() -> None:
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"] or volume.endswith(":ro")


def test_secrets_come_as_files_and_each_one_used_is_declared() -> None:
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for service in COMPOSE["services"].values():
        for value in service.get("environment", {}).values():
            if str(value).startswith("/run/secrets/"):
                assert str(value).removeprefix("/run/secrets/") in service["secrets"]


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_secret_is_never_given_in_the_environment(room: str) -> None:
    fields = settings_of(room).model_fields
    secret = {name for name, field in fields.items() if "SecretStr" in str(field.annotation)}
    for name in COMPOSE["services"][room]["environment"]:
        assert name.removeprefix(PREFIX).lower() not in secret, f"give {name}_FILE"


@pytest.mark.parametrize("room", ROOMS)
def test_each_service_has_its_own_way_to_the_broker_and_the_database(room: str) -> None:
    environment = COMPOSE["services"][room]["environment"]
    assert environment["AFTERWORD_RABBITMQ_URL_FILE"] == f"/run/secrets/rabbitmq_url_{room}"
    assert environment["AFTERWORD_MONGO_URL_FILE"] == f"/run/secrets/mongo_url_{room}"
    assert environment["AFTERWORD_DECLARE_TOPOLOGY"] == "false"


def test_afterword_secrets_makes_every_file_that_compose_mounts_once(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    mounted = [Path(secret["file"]).name for secret in COMPOSE["secrets"].values()]
    assert sorted(mounted) == sorted(FILES)
    assert all((tmp_path / name).read_text(encoding="utf-8").strip() for name in set(FILES) - set(UNSET))
    assert not any((tmp_path / name).read_text(encoding="utf-8") for name in UNSET)
    with pytest.raises(LocalError, match="exists"):
        make_secrets(tmp_path)


def test_the_brokers_definitions_are_made_anew_with_the_passwords_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="afterword secrets"):
        renew_definitions(tmp_path)
    make_secrets(tmp_path)
    made = tmp_path / "rabbitmq_definitions.json"
    made.write_text("of an older version", encoding="utf-8")
    assert renew_definitions(tmp_path) == made
    found = json.loads(made.read_text(encoding="utf-8"))
    passwords = json.loads((tmp_path / PASSWORDS).read_text(encoding="utf-8"))
    for user in found["users"]:
        salt = base64.b64decode(user["password_hash"])[:4]
        assert user["password_hash"] == hashed(passwords[user["name"]], salt)
    assert [user["name"] for user in found["users"] if user["tags"]] == ["afterword"]
    assert found["queues"] == definitions()["queues"]


def test_the_demo_finds_its_way_by_the_secrets_and_the_published_ports(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="AFTERWORD_SECRETS"):
        described_by(tmp_path, {})
    make_secrets(tmp_path)
    run = described_by(tmp_path, {"gateway": ""})
    published = re.findall(r"127\.0\.0\.1:\$\{\w+:-(\d+)\}", str(COMPOSE["services"]))
    for url in (run["gateway_url"], run["caldav"]["url"], run["mail_url"]):
        assert str(urlsplit(url).port) in published
    assert run["keys"]
    assert described_by(tmp_path, {"gateway": "8081"})["gateway_url"] == "http://127.0.0.1:8081"


def test_every_image_of_others_has_a_stand_in() -> None:
    images = {service["image"] for service in OF_ALL.values() if "build" not in service}
    from_ours = set(re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE))
    assert set(stand_ins().values()) == images | from_ours


def test_the_example_of_an_override_changes_what_there_is() -> None:
    example = yaml.safe_load((ROOT / "deploy" / "docker-compose.override.example.yml").read_text(encoding="utf-8"))
    assert set(example["services"]) <= set(COMPOSE["services"])
    for name, service in example["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        fields = {f"{PREFIX}{field.upper()}" for field in settings_of(name).model_fields} if name in ROOMS else set()
        assert set(service.get("environment", {})) <= fields
        for volume in service.get("volumes", []):
            assert volume.endswith(":ro")


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
