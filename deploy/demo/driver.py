"""Drives one postmortem through a running Afterword, over HTTP as people and tools do.

Used by `afterword demo` and by the end-to-end tests. Every request carries an idempotency key and is
sent again while a service is away, as a well-behaved client would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from importlib import resources
from typing import Any, TypeVar, cast

import httpx
from icalendar import Calendar, Event
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

from deploy.demo.mailboxes import kept
from services.gateway.domain.sources.pagerduty import sign
from shared.clock import new_id
from shared.contracts.base import postmortem_id

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE_S = 60.0
AWAY = frozenset({202, 502, 503, 504})
"""Answers that mean "not yet": the same request is sent again."""


class StepFailed(Exception):
    """A step did not end as it should; the text says which and what was seen last."""


def sample_incident() -> list[Json]:
    """Return the demo's incident: PagerDuty events with the minute at which each happened."""
    text = resources.files("deploy.demo").joinpath("incident.json").read_text("utf-8")
    return cast("list[Json]", json.loads(text))


@dataclass
class Driver:
    """One postmortem and the stack that it goes through. `run` is what `.local/run.json` holds."""

    run: Mapping[str, Any]
    incident: str = field(default_factory=lambda: "Q" + new_id().replace("-", "")[:13].upper())
    patience: float = PATIENCE_S
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.run["gateway_url"], timeout=10.0)

    @property
    def id(self) -> str:
        """The postmortem's id, known before anything is sent."""
        return postmortem_id("pagerduty", self.incident)

    @property
    def path(self) -> str:
        """The postmortem's address."""
        return f"/v1/postmortems/{self.id}"

    def key_of(self, email: str) -> str:
        """Return somebody's API key."""
        return str(self.run["keys"][email]["key"])

    def person(self, role: str) -> str:
        """Return the first person with this role."""
        return next(str(email) for email, known in self.run["keys"].items() if known["role"] == role)

    def deliveries(self, began: datetime) -> list[bytes]:
        """Return the incident's webhooks as PagerDuty would send them, the first at `began`."""
        bodies = []
        for row in sample_incident():
            event = {name: value for name, value in row.items() if name != "minute"}
            event |= {
                "id": f"{self.incident}-{row['minute']:03}",
                "occurred_at": (began + timedelta(minutes=row["minute"])).isoformat(),
            }
            bodies.append(json.dumps({"event": self._about_incident(event)}).encode())
        return bodies

    def _about_incident(self, event: Json) -> Json:
        reference = {
            "id": self.incident,
            "type": "incident_reference",
            "summary": "Checkout answers slowly",
            "html_url": f"https://example.com/incidents/{self.incident}",
        }
        data = dict(event["data"])
        if data["type"] == "incident":
            data |= {
                "id": self.incident,
                "html_url": reference["html_url"],
                "service": {"id": "PLX4M2A", "type": "service_reference", "summary": "checkout"},
            }
        elif data["type"] == "incident_role_assignment":
            data["incident_role_assignments"] = [
                {**row, "incident": reference} for row in data["incident_role_assignments"]
            ]
        else:
            data["incident"] = reference
        return {**event, "data": data}

    def deliver(self, body: bytes) -> httpx.Response:
        """Send one webhook with its signature."""
        headers = {
            "X-PagerDuty-Signature": sign(body, self.run["webhook_secrets"]["pagerduty"]),
            "Content-Type": "application/json",
        }
        return self.send("POST", "/v1/webhooks/pagerduty", content=body, headers=headers, fine=frozenset({202}))

    def report_incident(self, began: datetime | None = None) -> None:
        """Send the whole incident, in order."""
        for body in self.deliveries(began or datetime.now(UTC) - timedelta(hours=1)):
            self.deliver(body)

    def get(self, who: str, path: str | None = None) -> Json:
        """Read something as somebody; what is not there yet answers with a problem."""
        answer = self.send("GET", path or self.path, headers=self._as(who), fine=frozenset({200, 404}))
        return cast("Json", answer.json())

    def act(self, who: str, method: str, path: str = "", body: Json | None = None, **headers: str) -> Json:
        """Do something as somebody, once, however often it has to be sent."""
        sent = {**self._as(who), "Idempotency-Key": new_id(), **headers}
        return cast("Json", self.send(method, self.path + path, json=body, headers=sent).json())

    def edit(self, who: str, sections: Json) -> Json:
        """Write into the draft, on top of what is there now."""
        answer = self.send("GET", self.path, headers=self._as(who))
        return self.act(who, "PATCH", "", {"sections": sections}, **{"If-Match": answer.headers["ETag"]})

    def draft(self, who: str) -> Json:
        """Return the postmortem as soon as there is a draft."""
        return self.until("a draft", lambda: self.get(who), lambda seen: bool(seen.get("id")))

    def approve_as_reviewers(self, who: str) -> Json:
        """Wait for the reviewers to be named and approve as each of them; return the postmortem as `who` sees it."""
        seen = self.until(
            "reviewers", lambda: self.get(who), lambda s: s["status"] == "in_review" and s["review"]["reviewers"]
        )
        for reviewer in seen["review"]["reviewers"]:
            self.act(reviewer["email"], "POST", "/reviews", {"revision": seen["revision"], "verdict": "approve"})
        return self.until("the approval", lambda: self.get(who), lambda s: s["status"] in ("approved", "published"))

    def meeting(self, who: str, status: str) -> Json:
        """Return the meeting as soon as it has this status."""
        return self.until(
            f"a {status} meeting", lambda: self.get(who, self.path + "/meeting"), lambda s: s["status"] == status
        )

    def on_the_calendar(self, uid: str, status: str) -> Event:
        """Read the entry from the calendar server, as a reader of the shared calendar does."""
        reader = self.run["caldav"]["reader"]
        url = f"{self.run['caldav']['url'].rstrip('/')}/{uid}.ics"

        def fetch() -> Event | None:
            answer = httpx.get(url, auth=(reader["username"], reader["password"]), timeout=10.0)
            if answer.status_code == httpx.codes.NOT_FOUND:
                return None
            answer.raise_for_status()
            return cast("Event", Calendar.from_ical(answer.text).walk("VEVENT")[0])

        found = self.until(
            f"a {status} entry on the calendar", fetch, lambda e: e is not None and str(e["STATUS"]) == status
        )
        return cast("Event", found)

    def mails(self) -> list[EmailMessage]:
        """Return every mail of this postmortem's report that has arrived; a notice to one person is of no list."""
        read = BytesParser(policy=policy.default)
        mails = [read.parsebytes(mail) for mail in kept(self.run)]
        return [mail for mail in mails if mail["List-Id"] and self.id in text_of(mail)]

    def delivered(self, who: str) -> Json:
        """Return the publication as soon as no mail of it waits any more."""
        done = self.until(
            "all mails", lambda: self.get(who), lambda s: s["publication"] and not s["publication"]["pending"]
        )
        return cast("Json", done["publication"])

    def until(self, what: str, look: Callable[[], T], is_right: Callable[[T], Any]) -> T:
        """Look again until what is seen is right. Raises: StepFailed with what was seen last."""
        looking = Retrying(
            stop=stop_after_delay(self.patience),
            wait=wait_fixed(0.1),
            retry=retry_if_result(lambda seen: not is_right(seen)),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        seen: T = looking(look)
        if not is_right(seen):
            raise StepFailed(f"{what} did not come within {self.patience:.0f} s; last seen: {str(seen)[:500]}")
        return seen

    def send(self, method: str, path: str, *, fine: frozenset[int] = frozenset({200}), **how: Any) -> httpx.Response:
        """Send a request until whoever is away has come back. Raises: StepFailed with the problem."""
        sending = Retrying(
            stop=stop_after_delay(self.patience),
            wait=wait_fixed(0.3),
            reraise=True,
            retry=retry_if_exception_type(httpx.TransportError)
            | retry_if_result(lambda answer: answer.status_code in AWAY - fine or _is_in_use(answer)),
            retry_error_callback=_last_answer,
        )
        answer: httpx.Response = sending(self.client.request, method, path, **how)
        if answer.status_code not in fine:
            raise StepFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer

    def _as(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key_of(who)}"}


def _is_in_use(answer: httpx.Response) -> bool:
    """Say whether an earlier try of the same request is still running, or seems to be, as after a crash."""
    return answer.status_code == httpx.codes.CONFLICT and answer.json()["rule"] == "idempotency-key-in-use"


def _last_answer(state: RetryCallState) -> httpx.Response:
    """The answer of the last try, or the error that it ended with."""
    if state.outcome is None:
        raise StepFailed("no request was sent")
    answer: httpx.Response = state.outcome.result()
    return answer


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part else ""
