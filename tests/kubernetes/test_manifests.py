"""The overlays are valid, confined, and agree with the code: its settings, its queues, its users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose import make_secrets
from deploy.kubernetes import topology
from deploy.kubernetes.secrets import Addresses, manifests
from deploy.local.errors import LocalError
from deploy.operate.definitions import definitions
from shared.settings import PREFIX, RoomSettings
from tests.kubernetes.checking import mistakes
from tests.kubernetes.rendering import OVERLAYS, Json, can_be_had, rendered, text

ROOMS = ("drafting", "review", "calendar", "distribution", "gateway")
FROM_OPERATORS = {"rabbitmq", "mongodb"}
every_overlay = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
with_broker = pytest.mark.parametrize(
    "overlay", [path for path in OVERLAYS if path.name.startswith("production")], ids=lambda path: path.name
)
pytestmark = [
    pytest.mark.timeout(300),  # the first one may fetch kustomize
    pytest.mark.skipif(not can_be_had(), reason="no kustomize on this machine; install it or kubectl"),
]


def of_kind(overlay: Path, kind: str) -> dict[str, Json]:
    """Return the objects of a kind by name."""
    return {each["metadata"]["name"]: each for each in rendered(overlay) if each["kind"] == kind}


def pods(overlay: Path) -> Iterator[tuple[str, Json]]:
    """Give every room's pod."""
    for name, each in of_kind(overlay, "Deployment").items():
        yield name, each["spec"]["template"]["spec"]


@every_overlay
def test_every_object_is_valid(overlay: Path) -> None:
    assert mistakes(text(overlay)) == []


def test_an_unknown_field_is_a_mistake_in_ours_and_in_the_operators_kinds() -> None:
    pod: Json = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prots": []}}
    user: Json = {
        "apiVersion": topology.API,
        "kind": "User",
        "metadata": {"name": "b"},
        "spec": {"rabbitmqClusterReference": {"name": "rabbitmq"}, "tag": []},
    }
    lines = "\n".join(mistakes(yaml.safe_dump_all([pod, user])))
    assert "prots" in lines
    assert "'tag' was unexpected" in lines


@every_overlay
def test_nothing_is_there_twice(overlay: Path) -> None:
    names = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in rendered(overlay)]
    assert len(names) == len(set(names))


@every_overlay
def test_every_room_runs_its_own_module_confined_and_asked_how_it_is(overlay: Path) -> None:
    assert {name for name, _ in pods(overlay)} == set(ROOMS)
    for name, pod in pods(overlay):
        (box,) = pod["containers"]
        assert box["command"] == ["python", "-m", f"services.{name}.app"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert box["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert box["resources"]["limits"]["memory"]
        assert box["readinessProbe"]["httpGet"]["path"] == "/health/ready"
        assert box["livenessProbe"]["httpGet"]["path"] == "/health/live"


@every_overlay
def test_a_drain_takes_one_instance_at_a_time(overlay: Path) -> None:
    budgets = of_kind(overlay, "PodDisruptionBudget")
    assert set(ROOMS) <= set(budgets)
    for room in ROOMS:
        assert budgets[room]["spec"]["maxUnavailable"] == 1
        labels = of_kind(overlay, "Deployment")[room]["spec"]["template"]["metadata"]["labels"]
        assert budgets[room]["spec"]["selector"]["matchLabels"].items() <= labels.items()


@every_overlay
def test_settings_exist_and_every_one_needed_is_given(overlay: Path, tmp_path: Path) -> None:
    make_secrets(tmp_path / "made")
    made = {each["metadata"]["name"]: each for each in manifests(tmp_path / "made", Addresses())}
    for room, pod in pods(overlay):
        (box,) = pod["containers"]
        fields = _settings(room).model_fields
        given = {_field(name): value for name, value in _environment(overlay, box).items()}
        from_image = {"policy", "http_host", "http_port"}
        assert set(given) <= set(fields), room
        assert {name for name, field in fields.items() if field.is_required()} <= {*given, *from_image}, room
        files = {Path(value).name for value in given.values() if value.startswith("/run/secrets/afterword/")}
        assert files == set(made[f"afterword-{room}"]["stringData"]), room


def _settings(room: str) -> type[RoomSettings]:
    settings: type[RoomSettings] = import_module(f"services.{room}.settings").Settings
    return settings


def _environment(overlay: Path, box: Json) -> dict[str, str]:
    config = of_kind(overlay, "ConfigMap")[box["envFrom"][0]["configMapRef"]["name"]]["data"]
    return {**config, **{each["name"]: each["value"] for each in box["env"]}}


def _field(name: str) -> str:
    return name.removeprefix(PREFIX).removesuffix("_FILE").lower()


@every_overlay
def test_every_secret_that_is_named_is_made(overlay: Path, tmp_path: Path) -> None:
    make_secrets(tmp_path / "made")
    made = {each["metadata"]["name"]: each for each in manifests(tmp_path / "made", Addresses())}
    assert set(_named_secrets(overlay)) <= set(made)
    for user in of_kind(overlay, "User").values():
        secret = made[user["spec"]["importCredentialsSecret"]["name"]]
        assert secret["stringData"]["username"] == user["metadata"]["name"]
        assert secret["metadata"]["labels"] == {"rabbitmq.com/topology-operator": "true"}
    again = {each["metadata"]["name"]: each for each in manifests(tmp_path / "made", Addresses())}
    assert again == made
    with pytest.raises(LocalError, match="afterword secrets"):
        list(manifests(tmp_path, Addresses()))


def _named_secrets(overlay: Path) -> Iterator[str]:
    for _, pod in pods(overlay):
        yield from (each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each)
    for access in of_kind(overlay, "TriggerAuthentication").values():
        yield from (each["name"] for each in access["spec"]["secretTargetRef"])
    for database in of_kind(overlay, "MongoDBCommunity").values():
        yield from (each["passwordSecretRef"]["name"] for each in database["spec"]["users"])


@every_overlay
def test_nobody_talks_to_anybody_unless_it_is_said(overlay: Path) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    assert policies["nobody-by-default"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert {"rooms-to-broker", "rooms-to-database"} <= set(policies)
    for name, policy in policies.items():
        for way in policy["spec"].get("egress", []):
            assert way["ports"], name
            for block in (each["ipBlock"] for each in way.get("to", []) if "ipBlock" in each):
                assert "169.254.0.0/16" in block["except"] or ":" in block["cidr"], name


@every_overlay
def test_whatever_watches_is_told_figures_and_traces(overlay: Path) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    watching = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    rooms = {"matchLabels": {"app.kubernetes.io/component": "room"}}
    figures, traces = (policies[name]["spec"] for name in ("rooms-tell-how-they-are", "rooms-tell-their-traces"))
    assert (figures["podSelector"], traces["podSelector"]) == (rooms, rooms)
    (asked,) = (way for way in figures["ingress"] if watching in way["from"])
    assert asked["ports"] == [{"protocol": "TCP", "port": "http"}]
    assert traces["egress"] == [{"to": [watching], "ports": [{"protocol": "TCP", "port": 4318}]}]


@with_broker
def test_the_broker_has_what_the_definitions_have_and_nobody_who_declares_topology(overlay: Path) -> None:
    plan = definitions(topology.VHOST)
    queues = {each["spec"]["name"]: each["spec"] for each in of_kind(overlay, "Queue").values()}
    assert set(queues) == {each["name"] for each in plan["queues"]}
    for row in plan["queues"]:
        spec = queues[row["name"]]
        assert {"x-queue-type": spec["type"], **spec.get("arguments", {})} == row["arguments"]
    assert {each["spec"]["name"] for each in of_kind(overlay, "Exchange").values()} == {
        each["name"] for each in plan["exchanges"]
    }
    assert len(of_kind(overlay, "Binding")) == len(plan["bindings"])
    assert len(of_kind(overlay, "TopicPermission")) == len(plan["topic_permissions"])
    assert set(of_kind(overlay, "User")) == {*(each["name"] for each in plan["users"]), topology.SCALER}
    for _, pod in pods(overlay):
        assert _environment(overlay, pod["containers"][0])["AFTERWORD_DECLARE_TOPOLOGY"] == "false"


def test_the_committed_objects_are_those_of_the_code() -> None:
    assert topology.COMMITTED.read_text(encoding="utf-8") == topology.as_text(), "run `make definitions`"


@with_broker
def test_each_room_is_scaled_by_its_own_queues(overlay: Path) -> None:
    queues = [each["spec"]["name"] for each in of_kind(overlay, "Queue").values()]
    for room, scaled in of_kind(overlay, "ScaledObject").items():
        spec: dict[str, Any] = scaled["spec"]
        assert spec["scaleTargetRef"] == {"name": room}
        assert "replicas" not in of_kind(overlay, "Deployment")[room]["spec"]
        (trigger,) = (each for each in spec["triggers"] if each["type"] == "rabbitmq")
        watched = {name for name in queues if re.search(trigger["metadata"]["queueName"], name)}
        assert watched == {name for name in queues if re.match(rf"{room}\.[A-Z]", name)}
        assert watched
        assert trigger["metadata"]["vhostName"] == topology.VHOST
    assert set(of_kind(overlay, "ScaledObject")) == set(ROOMS)
