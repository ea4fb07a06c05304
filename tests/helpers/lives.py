"""Lives of incidents: all deliveries of one incident in each tool's own shape, and the draft that must come of them.

`tests/e2e/incidents/<tool>.json` holds the deliveries and says what the tool does not have; `drafts/<tool>.json` holds
the drafts, read by eye. In both `{incident}` stands for the incident's id, so that it can happen again under another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

from services.drafting.app import guidance
from services.drafting.domain import Guidance, Postmortem, State, follow_incident, open_draft
from services.drafting.settings import Policy
from services.gateway.domain import answer
from services.gateway.domain.sources import SOURCES, incident_io, pagerduty
from services.gateway.domain.sources.delivery import Delivery, Odd
from services.gateway.domain.view import View
from shared.contracts.base import derived_id
from shared.contracts.events import DraftCreated, IncidentReported
from shared.settings import load_policy

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "e2e" / "incidents"
OWN_FORM = "incidents"
TOOLS = (*SOURCES, OWN_FORM)
AFTER = "{after}"
"""A moment after all that was sent before it: what follows on an event that tells no time."""
SHOWN = (
    "title",
    "status",
    "severity",
    "services",
    "owner",
    "deadline",
    "people",
    "incident",
    "durations",
    "timeline",
    "missing",
)
WRITTEN = ("overview", "impact", "responders", "timeline")
"""The sections that the incident fills; in the others people are asked for something."""
WEEK = 7 * 24 * 3600
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?Z?)?")
_LONG = re.compile(r"\d{3,} h \d+ min")


@dataclass(frozen=True)
class Sent:
    """One delivery as it goes to the door: the end of its address, its own headers, its body."""

    path: str
    headers: Json
    body: bytes


@dataclass(frozen=True)
class Life:
    """One incident of a tool, under an id of its own."""

    tool: str
    incident: str

    def rows(self) -> list[Json]:
        """Return the deliveries in the order in which the tool sends them."""
        return cast("list[Json]", json.loads((FOLDER / f"{self.tool}.json").read_text("utf-8"))["deliveries"])

    def shuffled(self, seed: int) -> list[Json]:
        """Return the deliveries in another order; a pair of which nothing tells which was first stays at the end."""
        rows = self.rows()
        fixed = 2 if AFTER in json.dumps(rows[-1]) else 0
        loose = rows[: len(rows) - fixed]
        return [*Random(seed).sample(loose, len(loose)), *rows[len(loose) :]]  # noqa: S311 - an order, no secret

    def sent(self, row: Json, now: datetime) -> Sent:
        """Return a delivery as it is sent now."""
        after = (now + timedelta(seconds=1)).isoformat()
        filled = json.loads(json.dumps(row).replace("{incident}", self.incident).replace(AFTER, after))
        headers = {"content-type": "application/json", **filled.get("headers", {})}
        path = "/v1/incidents" if self.tool == OWN_FORM else f"/v1/webhooks/{self.tool}"
        return Sent(path, headers, json.dumps(filled["body"]).encode())

    def reports(self, row: Json, now: datetime) -> list[tuple[str, IncidentReported]]:
        """Return what a delivery means to the rooms."""
        sent = self.sent(row, now)
        if self.tool == OWN_FORM:
            event = IncidentReported.model_validate_json(sent.body)
            return [(derived_id("incident", event.model_dump_json()), event)]
        told = SOURCES[self.tool].parse(Delivery(body=sent.body, received_at=now, headers=sent.headers))
        assert not [found for _, found in told if isinstance(found, Odd)]
        return cast("list[tuple[str, IncidentReported]]", told)

    def expected(self) -> list[Json]:
        """Return the drafts that must come of it."""
        text = draft_file(self.tool).read_text("utf-8")
        return cast("list[Json]", json.loads(text.replace("{incident}", self.incident)))

    def ids(self) -> list[str]:
        """Return the postmortems of the expected drafts."""
        of = (draft["incident"] for draft in self.expected())
        return [IncidentReported(kind="note", occurred_at=EPOCH, **each).postmortem_id for each in map(_named, of)]


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")


def draft_file(tool: str) -> Path:
    """Return where the drafts of a tool's incident are kept."""
    return FOLDER / "drafts" / f"{tool}.json"


def proven(sent: Sent, secret: str, now: datetime) -> dict[str, str]:
    """Return the headers of a delivery with the proof that its tool gives: a signature, or the secret itself."""
    tool = sent.path.rpartition("/")[2]
    if tool == pagerduty.NAME:
        return {**sent.headers, pagerduty.SIGNATURE: pagerduty.sign(sent.body, secret)}
    if tool == incident_io.NAME:
        stamp = str(int(now.timestamp()))
        signature = incident_io.sign(sent.body, secret, sent.headers["webhook-id"], stamp)
        return {**sent.headers, "webhook-timestamp": stamp, "webhook-signature": signature}
    return {**sent.headers, "authorization": f"Bearer {secret}"}


def seen(whole: Json) -> Json:
    """Return what a reader sees of a postmortem, without ids and numbers that are new in every run.

    Times that no delivery told, and lengths that end with them, are `{now}`; durations that are not known are left out.
    """
    kept = {name: whole[name] for name in SHOWN}
    took = {name: value for name, value in (whole["durations"] or {}).items() if value is not None}
    kept["durations"] = {
        name: "{now}" if name.endswith("_s") and value > WEEK else value for name, value in took.items()
    }
    kept["timeline"] = [{name: line[name] for name in line if name != "external_id"} for line in whole["timeline"]]
    kept["sections"] = {name: whole["sections"][name].splitlines() for name in WRITTEN}
    text = _TIME.sub(lambda at: at[0] if at[0].startswith("2026-03-") else "{now}", json.dumps(kept))
    return cast("Json", json.loads(_LONG.sub("{now}", text)))


def demo_guidance() -> Guidance:
    """Return what the demo's policy says about drafts."""
    path = ROOT / "deploy" / "local" / "afterword.toml"
    return guidance(load_policy(path, Policy), path, secret="")


def drafted(told: Iterable[tuple[str, IncidentReported]], by: Guidance, now: datetime, early: int = -1) -> list[Json]:
    """Return the drafts that drafting makes of these events, as the API shows them.

    Those that are over after so many events (`early`) get their draft then, the others at the end.
    """
    known: dict[str, Postmortem] = {}
    for number, (id, event) in enumerate(told):
        key = event.postmortem_id
        known[key] = follow_incident(known.get(key), event, id, by, now).state
        if number == early:
            known = {key: open_draft(each, by, now).state for key, each in known.items()}
    opened = (open_draft(each, by, now).state for each in known.values())
    return in_order(_whole(each) for each in opened if each.state is State.DRAFT)


def in_order(wholes: Iterable[Json]) -> list[Json]:
    """Return what is seen of postmortems, in the order of their incidents' names."""
    return sorted((seen(whole) for whole in wholes), key=lambda draft: draft["incident"]["external_id"])


def events(life: Life, rows: Sequence[Json], now: datetime) -> list[tuple[str, IncidentReported]]:
    """Return all that these deliveries tell."""
    return [each for row in rows for each in life.reports(row, now)]


def _whole(postmortem: Postmortem) -> Json:
    draft = postmortem.say(DraftCreated)
    view = View(
        id=draft.postmortem_id, draft=draft, timeline=draft.timeline, people=draft.people, durations=draft.durations
    )
    return answer.whole(view, draft, "", draft.deadline).model_dump(mode="json")


def _named(incident: Json) -> Json:
    return {name: incident[name] for name in ("source", "external_id")}


def record() -> None:
    """Write all drafts anew, on purpose; whoever does reads what has changed."""
    now, by = datetime.fromisoformat("2030-01-01T00:00:00Z"), demo_guidance()
    for tool in TOOLS:
        life = Life(tool, "{incident}")
        found = drafted(events(life, life.rows(), now), by, now)
        draft_file(tool).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    record()
