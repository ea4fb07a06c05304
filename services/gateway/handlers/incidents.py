"""The door for incident tools: one route for our own form, one for webhooks."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ValidationError

from services.gateway.domain.sources import SOURCES
from services.gateway.handlers.caller import Needs, Reporter
from services.gateway.handlers.giving import IdempotencyKey, command_id
from services.gateway.handlers.problems import Problem, from_validation
from services.gateway.ports import Deps
from shared.contracts.base import derived_id, incident_id
from shared.contracts.events import IncidentReported

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1", tags=["incidents"])

EXAMPLE = {
    "source": "my-tool",
    "external_id": "INC-42",
    "kind": "opened",
    "occurred_at": "2026-03-02T09:14:00Z",
    "title": "Checkout answers slowly",
    "severity": "sev2",
    "services": ["checkout"],
    "people": [{"name": "Sample Person", "email": "sample@example.com", "role": "incident_commander"}],
}


class Accepted(BaseModel):
    """The event is stored and will be handled. Ids are null when the content could not be understood."""

    incident_id: str | None
    postmortem_id: str | None
    message_id: str


@router.post("/incidents", status_code=202)
async def report_incident(
    event: Annotated[IncidentReported, Body(openapi_examples={"opened": {"value": EXAMPLE}})],
    actor: Reporter,
    deps: Needs,
    key: IdempotencyKey = None,
) -> Accepted:
    """Report what happened in an incident. The same content twice is one event."""
    content = derived_id("incident", event.model_dump_json())
    return await _report(deps, command_id(actor, "incident", key) if key else content, event)


@router.post("/webhooks/{source}", status_code=202)
async def webhook(source: str, request: Request, deps: Needs) -> Accepted:
    """Take an incident tool's webhook: pagerduty. The signature is checked over the raw bytes."""
    tool = SOURCES.get(source)
    if tool is None:
        raise Problem(
            404,
            "unknown-source",
            f"There is no webhook source {source!r}; known: {', '.join(SOURCES)}.",
            field="source",
        )
    body = await request.body()
    if not tool.verify(
        {name.lower(): value for name, value in request.headers.items()}, body, deps.secrets.get(source, ())
    ):
        raise Problem(
            401,
            "bad-signature",
            "The signature is missing or was not made with a secret of this source.",
            field="signature",
            headers={"WWW-Authenticate": "Signature"},
        )
    try:
        id, event = tool.parse(body)
    except ValidationError as error:
        return await _park(deps, source, body, from_validation(error.errors()).detail)
    except ValueError as error:
        return await _park(deps, source, body, str(error))
    return await _report(deps, id, event)


async def _report(deps: Deps, id: str, event: IncidentReported) -> Accepted:
    await deps.messages.report(id, event)
    return Accepted(
        incident_id=incident_id(event.source, event.external_id), postmortem_id=event.postmortem_id, message_id=id
    )


async def _park(deps: Deps, source: str, body: bytes, reason: str) -> Accepted:
    """Put aside what a genuine sender sent: an error answer would make it drop or disable us."""
    id = derived_id("parked", source, body.decode("utf-8", "replace"))
    log.warning("webhook not understood", source=source, reason=reason, id=id)
    await deps.messages.park(id, body, reason, source)
    return Accepted(incident_id=None, postmortem_id=None, message_id=id)
