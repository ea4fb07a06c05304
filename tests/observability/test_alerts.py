"""Every alert, on bad series that it has to fire on and on good ones that it must not: by promtool's own engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.prometheus import promtool

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "observability"
GROUPS = [
    group
    for name in ("slo.yml", "alerts.yml")
    for group in yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))["groups"]
]
ALERTS = [rule for group in GROUPS for rule in group["rules"] if "alert" in rule]
UP = 'up{job="afterword",service="review",instance="review:8080"}'
STARTED = 'process_start_time_seconds{job="afterword",service="review",instance="review:8080"}'
WAIT = 'afterword_message_wait_seconds_{}{{room="drafting",message="IncidentReported.v1"{}}}'
BROKEN, FINE = 'afterword_http_requests_total{status="5xx"}', 'afterword_http_requests_total{status="2xx"}'
Series = Mapping[str, str]
SHORT = ("5m", "10m", "30m", "40m", "75m", "80m")
"""Times up to which rules are evaluated every minute; longer ones would take long."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Series that an alert fires on by a time, and series that it does not fire on; one sample a minute."""

    at: str
    bad: Series
    good: Series


TABLE = {
    "AfterwordRoomDown": Tried("5m", {UP: "0x10"}, {UP: "1x10"}),
    "AfterwordNobodyThere": Tried("10m", {'up{job="other"}': "1x20"}, {UP: "1x20"}),
    "AfterwordRestartsOften": Tried("40m", {STARTED: "0+100x60"}, {STARTED: "0x20 100x40"}),
    "AfterwordOutboxStuck": Tried(
        "5m",
        {'afterword_outbox_oldest_seconds{room="review"}': "200x10"},
        {'afterword_outbox_oldest_seconds{room="review"}': "2x10"},
    ),
    "AfterwordParked": Tried(
        "5m", {'afterword_parked_messages{room="review"}': "1x10"}, {'afterword_parked_messages{room="review"}': "0x10"}
    ),
    "AfterwordRetriesGoOn": Tried(
        "2h",
        {'afterword_messages_retried_total{room="review",queue="q"}': "0+10x120"},
        {'afterword_messages_retried_total{room="review",queue="q"}': "0 20x120"},
    ),
    "AfterwordQueueGrows": Tried(
        "30m",
        {'afterword_queued_messages{room="review"}': "2000x40"},
        {'afterword_queued_messages{room="review"}': "10x40"},
    ),
    "AfterwordMailStopped": Tried("5m", {"afterword_mail_stopped": "1x10"}, {"afterword_mail_stopped": "0x10"}),
    "AfterwordMailsFail": Tried(
        "90m",
        {'afterword_mail_total{outcome="failed"}': "0+2x100", 'afterword_mail_total{outcome="accepted"}': "0+5x100"},
        {'afterword_mail_total{outcome="failed"}': "0+1x100", 'afterword_mail_total{outcome="accepted"}': "0+50x100"},
    ),
    "AfterwordMailsMayBeTwice": Tried(
        "75m", {"afterword_mail_ambiguous_total": "0+1x90"}, {"afterword_mail_ambiguous_total": "0 1x90"}
    ),
    "AfterwordReviewWaits": Tried(
        "75m",
        {"afterword_review_oldest_waiting_seconds": "500000x90"},
        {"afterword_review_oldest_waiting_seconds": "3600x90"},
    ),
    "AfterwordPostmortemsLate": Tried(
        "25h", {"afterword_postmortems_late": "1x1500"}, {"afterword_postmortems_late": "0x1500"}
    ),
    "AfterwordPromiseBurnsFast": Tried("80m", {BROKEN: "0+5x90", FINE: "0+95x90"}, {BROKEN: "0+1x90", FINE: "0+99x90"}),
    "AfterwordPromiseBurns": Tried(
        "7h", {BROKEN: "0+1x430", FINE: "0+99x430"}, {BROKEN: "0+1x430", FINE: "0+9999x430"}
    ),
}
PROMISES: dict[str, Series] = {
    "front-door": {BROKEN: "0+5x90", FINE: "0+95x90"},
    "front-door-speed": {
        'afterword_http_request_seconds_bucket{le="1.0"}': "0+70x90",
        "afterword_http_request_seconds_count": "0+100x90",
    },
    "drafts": {WAIT.format("bucket", ',le="60.0"'): "0+70x90", WAIT.format("count", ""): "0+100x90"},
    "messages": {WAIT.format("bucket", ',le="600.0"'): "0+70x90", WAIT.format("count", ""): "0+100x90"},
    "mail": {
        'afterword_mail_late_seconds_bucket{le="300.0"}': "0+70x90",
        "afterword_mail_late_seconds_count": "0+100x90",
    },
}


def fired(series: Series, at: str, expression: str, tmp_path: Path, expected: list[dict[str, Any]]) -> str:
    """Return what promtool says when an expression is not what is expected; nothing when it is."""
    tried = {
        "rule_files": [str(FOLDER / "slo.yml"), str(FOLDER / "alerts.yml")],
        "evaluation_interval": "1m" if at in SHORT else "10m",
        "group_eval_order": [group["name"] for group in GROUPS],  # else any: an alert may miss what is recorded for it
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [{"expr": expression, "eval_time": at, "exp_samples": expected}],
            }
        ],
    }
    path = tmp_path / "tried.yml"
    path.write_text(yaml.safe_dump(tried), encoding="utf-8")
    ended = promtool("test", "rules", path)
    return "" if ended.returncode == 0 else ended.stdout + ended.stderr


def firing(alert: str) -> str:
    return f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'


ONE = [{"labels": "{}", "value": 1}]


def test_each_alert_is_tried() -> None:
    assert sorted(TABLE) == sorted(alert["alert"] for alert in ALERTS)


@pytest.mark.parametrize("alert", TABLE)
def test_an_alert_fires_on_what_is_bad(alert: str, tmp_path: Path) -> None:
    tried = TABLE[alert]
    assert fired(tried.bad, tried.at, firing(alert), tmp_path, ONE) == ""


@pytest.mark.parametrize("alert", TABLE)
def test_an_alert_leaves_people_alone_while_all_is_well(alert: str, tmp_path: Path) -> None:
    tried = TABLE[alert]
    assert fired(tried.good, tried.at, firing(alert), tmp_path, []) == ""


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_that_is_broken_wakes_somebody(promise: str, tmp_path: Path) -> None:
    burns = f'count(ALERTS{{alertname="AfterwordPromiseBurnsFast",alertstate="firing",slo="{promise}"}})'
    assert fired(PROMISES[promise], "80m", burns, tmp_path, ONE) == ""


@pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])
def test_an_alert_says_how_urgent_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert set(alert["annotations"]) == {"summary", "todo"}


def test_what_comes_with_the_repository_is_right() -> None:
    for words in (("check", "rules", "slo.yml", "alerts.yml"), ("check", "config", "prometheus.yml")):
        ended = promtool(*words, cwd=FOLDER)
        assert ended.returncode == 0, ended.stdout + ended.stderr
