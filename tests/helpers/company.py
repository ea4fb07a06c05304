"""A company at work, for pictures and for people who want to look around: postmortems in every state there is.

Driven through the doors that tools and people use, over a running stack. All names are made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.demo import AUTHOR, sections
from deploy.demo.driver import Driver
from shared.contracts.base import postmortem_id

TOOL = "my-tool"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Told:
    """One incident: what it was, how bad, of which services, and how many days ago it ended."""

    id: str
    title: str
    severity: str
    services: tuple[str, ...]
    days_ago: float
    overview: str = ""
    tags: tuple[str, ...] = ()


FRESH = Told("INC-108", "Sign-in links expire before they arrive", "sev2", ("accounts", "mail"), 0.2)
WAITING = Told("INC-107", "Search answers with yesterday's index", "sev3", ("search",), 1.1)
CHANGES = Told("INC-106", "Invoices carry the wrong VAT for two hours", "sev1", ("billing", "checkout"), 1.9)
APPROVED = Told("INC-105", "A cache stampede takes the product pages down", "sev2", ("catalogue", "cache"), 2.5)
PUBLISHED = (
    Told("INC-104", "Orders database runs out of connections", "sev1", ("checkout", "orders"), 3.5, tags=("database",)),
    Told("INC-103", "Certificate of the partner API expires unnoticed", "sev2", ("partners",), 6, tags=("tls",)),
    Told("INC-102", "Deploys queue up behind a stuck runner", "sev3", ("ci",), 9, tags=("build",)),
)


@dataclass
class Company:
    """The running installation, and everybody in it."""

    run: Mapping[str, Any]

    def report(self, told: Told) -> Driver:
        """Let the incident tool tell of an incident; return what drives its postmortem, which has a draft."""
        driver = Named(self.run, incident=told.id)
        ended = datetime.now(UTC) - timedelta(days=told.days_ago)
        key = driver.key_of(driver.person("tool"))
        people = [
            {"name": "Ada Moreno", "email": "ada.moreno@example.com", "role": "incident_commander"},
            {"name": "Ben Okafor", "email": "ben.okafor@example.com", "role": "responder"},
        ]
        opened = {"title": told.title, "severity": told.severity, "services": told.services, "people": people}
        for kind, at, more in (
            ("opened", ended - HOUR, opened),
            ("acknowledged", ended - HOUR * 0.9, {}),
            ("note", ended - HOUR * 0.6, {"entry": {"text": "The dashboard shows where the time goes."}}),
            ("status_update", ended - HOUR * 0.25, {"entry": {"text": "Traffic is back to normal; we keep watching."}}),
            ("resolved", ended, {}),
        ):
            body = {"source": TOOL, "external_id": told.id, "kind": kind, "occurred_at": at.isoformat(), **more}
            headers = {"Authorization": f"Bearer {key}"}
            driver.send("POST", "/v1/incidents", json=body, headers=headers, fine=frozenset({202}))
        driver.draft(AUTHOR)
        return driver

    def write(self, told: Told) -> Driver:
        """Have the draft written."""
        driver = self.report(told)
        texts = sections() | {"overview": told.overview or f"{told.title}. {sections()['overview']}"}
        driver.edit(AUTHOR, texts)
        if told.tags:
            driver.act(AUTHOR, "PATCH", "", {"tags": told.tags}, **{"If-Match": "*"})
        return driver

    def submit(self, told: Told) -> Driver:
        """Have it asked for a review, and reviewers named."""
        driver = self.write(told)
        driver.act(AUTHOR, "POST", "/submit")
        driver.until("reviewers", lambda: driver.get(AUTHOR), lambda seen: seen["review"]["reviewers"])
        return driver

    def comment(self, told: Told, verdict: str) -> Driver:
        """Have a reviewer say what they think of a passage."""
        driver = self.submit(told)
        seen = driver.get(AUTHOR)
        passage = seen["sections"]["contributing_factors"].strip().splitlines()[1].removeprefix("- ")[:60]
        comments = [
            {
                "section": "contributing_factors",
                "quote": passage,
                "text": "How did that come about? Two sentences help.",
            },
            {"section": "impact", "text": "Please say how many customers that were, not only orders."},
        ]
        who = seen["review"]["reviewers"][0]["email"]
        driver.act(who, "POST", "/reviews", {"revision": seen["revision"], "verdict": verdict, "comments": comments})
        return driver

    def approve(self, told: Told) -> Driver:
        """Have it approved."""
        driver = self.submit(told)
        driver.approve_as_reviewers(AUTHOR)
        return driver

    def publish(self, told: Told) -> Driver:
        """Have it published, with what is to be done about it."""
        driver = self.approve(told)
        due = datetime.now(UTC).date()
        owner = {"name": "Chen Li", "email": AUTHOR}
        for text, days in (("Reserve connections for customers", 20), ("Show who fills the pool on the dashboard", 2)):
            item = {"text": text, "owner": owner, "due": (due + timedelta(days=days)).isoformat()}
            driver.send(
                "POST",
                f"{driver.path}/action-items",
                json=item,
                headers={"Authorization": f"Bearer {driver.key_of(AUTHOR)}"},
                fine=frozenset({200, 201}),
            )
        driver.act(driver.person("admin"), "POST", "/publish")
        driver.delivered(AUTHOR)
        return driver


class Named(Driver):
    """Drives the postmortem of an incident that our own form told of."""

    @property
    def id(self) -> str:
        """The postmortem's id."""
        return postmortem_id(TOOL, self.incident)


def at_work(run: Mapping[str, Any]) -> dict[str, str]:
    """Fill an installation; return the ids of a postmortem in each state by its name."""
    company = Company(run)
    made = {
        "draft": company.report(FRESH).id,
        "in_review": company.comment(WAITING, "comment").id,
        "changes_requested": company.comment(CHANGES, "request_changes").id,
        "approved": company.approve(APPROVED).id,
    }
    published = [company.publish(told).id for told in PUBLISHED]
    return made | {"published": published[0]}
