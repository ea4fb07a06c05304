"""Dashboards and rules, held against a running stack that a real Prometheus looks at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.demo import tell
from deploy.demo.driver import Driver
from deploy.local.run import Run
from tests.helpers.prometheus import Prometheus
from tests.helpers.prometheus import running as prometheus_running

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "observability"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
VARIABLES = {"$__rate_interval": "1m", "$room": ".*"}
PANELS = [
    (path.stem, panel["title"], target["expr"])
    for path in DASHBOARDS
    for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
    for target in panel["targets"]
]


@pytest.fixture(scope="session")
def prometheus(running: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with our own configuration, but for addresses and times; an incident goes its way meanwhile."""
    folder = tmp_path_factory.mktemp("prometheus")
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(FOLDER / name) for name in config["rule_files"]]
    for target in config["scrape_configs"][0]["static_configs"]:
        target["targets"] = [urlsplit(running.http[target["labels"]["service"]]).netloc]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    with prometheus_running(path, folder / "data") as started:
        tell(Driver(running.as_json()), lambda _: None)
        yield started


@pytest.mark.parametrize(("dashboard", "panel", "expression"), PANELS)
def test_what_a_dashboard_asks_for_is_there(
    driver: Driver, prometheus: Prometheus, dashboard: str, panel: str, expression: str
) -> None:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression
    driver.until(f"{dashboard}: {panel}: {expression}", lambda: prometheus.ask(expression), bool)


def test_every_rule_is_evaluated_and_every_room_is_asked(driver: Driver, prometheus: Prometheus, running: Run) -> None:
    def unwell() -> list[dict[str, Any]]:
        return [rule for rule in prometheus.rules() if rule["health"] != "ok"]

    driver.until("all rules", unwell, lambda rules: not rules)
    up = {each["metric"]["service"]: each["value"][1] for each in prometheus.ask('up{job="afterword"}')}
    assert up == dict.fromkeys(running.http, "1")
    assert not prometheus.ask('ALERTS{alertname="AfterwordRoomDown"}')


def test_no_label_grows_with_what_is_done(driver: Driver, prometheus: Prometheus) -> None:
    """Series are bounded by routes, messages and rooms: ids, people and titles are no labels."""
    names = {name for each in prometheus.ask('{__name__=~"afterword.*"}') for name in each["metric"]}
    assert names <= {
        *("__name__", "instance", "job", "service", "le", "slo"),
        *("room", "message", "queue", "method", "route", "status", "outcome", "hook", "timely", "what"),
    }
    text = json.dumps(prometheus.ask('{__name__=~"afterword.*"}'))
    assert driver.id not in text
    assert "@" not in text


@pytest.mark.parametrize("path", DASHBOARDS, ids=[path.stem for path in DASHBOARDS])
def test_a_dashboard_is_whole(path: Path) -> None:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels)
    places = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert max(x for x, _ in places) < 24
