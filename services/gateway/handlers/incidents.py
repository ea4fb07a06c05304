"""The door for incident tools: one route for our own form, one for webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from hashlib import sha256
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, Path, Request
from pydantic import ValidationError

from services.gateway.domain.access import Act
from services.gateway.domain.answers.command import Reported
from services.gateway.domain.rates import Policy
from services.gateway.domain.sources import SOURCES, Source
from services.gateway.domain.sources.delivery import Delivery, Odd, Told, Unsupported
from services.gateway.handlers import rates
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, command_id, held
from services.gateway.handlers.lean import LeanRoute
from services.gateway.handlers.openapi import operation_id
from services.gateway.handlers.problems import Problem, from_validation
from services.gateway.handlers.webhook_forms import BODY
from services.gateway.ports import Deps, Given, Unavailable
from shared.contracts.base import derived_id, incident_id
from shared.contracts.commands import Actor, Role
from shared.contracts.events import IncidentReported
from shared.contracts.moments import untimely

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1", tags=["incidents"])
own = APIRouter(prefix="/v1", tags=["incidents"], route_class=LeanRoute, generate_unique_id_function=operation_id)

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


@own.post(
    "/incidents",
    summary="Report what happened in an incident",
    **answers(Reported, "422 too-large", "422 untimely", status=202, says="It is stored and will be handled."),
)
async def report_incident(
    event: Annotated[IncidentReported, Body(openapi_examples={"opened": {"value": EXAMPLE}})],
    actor: Annotated[Actor, may(Act.REPORT_INCIDENTS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Reported:
    """Report what happened in an incident. The same content twice is one event; a key is good for one content."""
    return await _soon(deps, _report_once(deps, actor, event, key))


async def _report_once(deps: Deps, actor: Actor, event: IncidentReported, key: str | None) -> Reported:
    if wrong := untimely(event.occurred_at, deps.clock.now()):
        raise Problem(422, "untimely", f"occurred_at: {wrong}.", field="occurred_at")
    body = event.model_dump_json(exclude={"reported_by"})
    by = None if actor.role is Role.TOOL else actor.email
    told = event if event.reported_by == by else event.model_copy(update={"reported_by": by})
    if key is None:
        return await _report(deps, derived_id("incident", body), told)
    given = Given(
        id=command_id(actor, "incident", key),
        principal=actor.email,
        address=event.name,
        fingerprint=sha256(body.encode()).hexdigest(),
        body=body,
    )
    async with held(deps, given, key):
        return await _report(deps, given.id, told)


@router.post(
    "/webhooks/{source}",
    summary=f"Take an incident tool's webhook: {', '.join(SOURCES)}",
    **answers(
        Reported,
        "401 bad-signature",
        "404 unknown-source",
        "415 unsupported-mode",
        "429 rate-limited",
        "503 not-accepted",
        "503 rate-limited",
        status=202,
        says="It is stored and will be handled, or was put aside.",
        extra=BODY,
    ),
)
async def receive_webhook(
    source: Annotated[str, Path(description="Which tool it comes from.", examples=list(SOURCES))],
    request: Request,
    deps: Needs,
) -> Reported:
    """Take what an incident tool sends, in the tool's own form.

    The sender proves itself, over the raw bytes, as its tool does: a signature, or a secret. One delivery may tell
    several events, or none; a delivery that comes again has no second effect. What a genuine sender sends and nobody
    understands is put aside and accepted, since an error would make the tool drop or disable this address.
    """
    tool = SOURCES.get(source)
    if tool is None:
        raise Problem(
            404,
            "unknown-source",
            f"There is no webhook source {source!r}; known: {', '.join(SOURCES)}.",
            field="source",
        )
    delivery = await _delivery(request, deps)
    secrets = deps.secrets.get(source, ())
    if not tool.verify(delivery, secrets):
        log.warning("webhook not proven", source=source, secrets=len(secrets))
        await rates.take_failed(request, deps, "bad-signature")
        raise _not_proven(source, tool)
    await rates.take(request, deps, Policy.WEBHOOK, source, tool.when_busy)  # only genuine ones use up what a tool has
    return await _soon(deps, _tell(deps, source, _understood(source, tool, delivery)))


async def _soon(deps: Deps, accepting: Awaitable[Reported]) -> Reported:
    """Give what it takes to accept something no more time than senders have. Raises: Unavailable when that is over."""
    try:
        async with asyncio.timeout(deps.accept_within):
            return await accepting
    except TimeoutError as error:
        msg = f"not stored within {deps.accept_within} s"
        raise Unavailable(msg) from error


async def _delivery(request: Request, deps: Deps) -> Delivery:
    return Delivery(
        body=await request.body(),
        received_at=deps.clock.now(),
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        severities=deps.severities,
    )


def _not_proven(source: str, tool: Source) -> Problem:
    return Problem(
        401,
        "bad-signature",
        f"The proof that this comes from {source} is missing, stale, or not made with a secret of this source. "
        f"{tool.proof}. The secrets are in AFTERWORD_WEBHOOK_SECRETS.",
        field="signature",
        headers={"WWW-Authenticate": tool.scheme},
    )


def _understood(source: str, tool: Source, delivery: Delivery) -> Told:
    """What the delivery means; what cannot be understood at all is one odd part. Raises: Problem."""
    try:
        return tool.parse(delivery)
    except Unsupported as error:
        raise Problem(415, "unsupported-mode", str(error), field="content-type") from error
    except ValueError as error:
        return [(derived_id("parked", source, delivery.body.decode("utf-8", "replace")), Odd("", delivery.body, error))]


async def _tell(deps: Deps, source: str, told: Told) -> Reported:
    """Report what was understood, put aside what was not; answer with the ids of the first that was."""
    reports = [(id, found) for id, found in told if isinstance(found, IncidentReported)]
    for id, report in reports:
        await deps.messages.report(id, report)
    for id, found in told:
        if isinstance(found, Odd):
            await _park(deps, source, id, found)
    ids = tuple(id for id, _ in told)
    accepted = _accepted(*reports[0]) if reports else Reported(message_id=next(iter(ids), None))
    return accepted.model_copy(update={"message_ids": ids})


async def _report(deps: Deps, id: str, event: IncidentReported) -> Reported:
    await deps.messages.report(id, event)
    return _accepted(id, event)


def _accepted(id: str, event: IncidentReported) -> Reported:
    return Reported(
        incident_id=incident_id(event.source, event.external_id),
        postmortem_id=event.postmortem_id,
        message_id=id,
        message_ids=(id,),
    )


async def _park(deps: Deps, source: str, id: str, odd: Odd) -> None:
    """Put aside what a genuine sender sent, with its reason."""
    reason = from_validation(odd.error.errors()).detail if isinstance(odd.error, ValidationError) else str(odd.error)
    said = f"{odd.where}: {reason}" if odd.where else reason
    log.warning("webhook not understood", source=source, reason=said, id=id)
    await deps.messages.park(id, odd.body, said, source)
