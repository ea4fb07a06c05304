"""What an owner decides: submit a postmortem, publish it, skip it, ask for it again.

Each is a page that says what will happen, and asks for what it takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import PageGate, Visitor, visitor
from services.gateway.handlers.postmortems import Submission, submit_postmortem
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.publications import publish_postmortem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.handlers.skipping import Require, Skip, require_postmortem, skip_postmortem
from services.gateway.ports import Deps

router = APIRouter(include_in_schema=False)
Submitter = Annotated[Visitor, visitor(Act.SUBMIT_POSTMORTEMS)]
Doing = Callable[[str, Visitor, Deps, Mapping[str, str], str], Awaitable[Response]]
"""Takes postmortem, who, the gateway's means, the form's fields and key; returns the API's answer. Raises: Problem."""
REASON = "reason-"
"""How fields of reasons are called that belong to something that was found: with its id behind."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing to decide: who may, what it is called, what it brings about, what it asks for, and how it is done."""

    act: Act
    heading: str
    button: str
    said: str
    consequences: tuple[str, ...]
    reason: str
    do: Doing


async def _publish(id: str, who: Visitor, deps: Deps, _given: Mapping[str, str], key: str) -> Response:
    return await publish_postmortem(id, who.actor, deps, key)


async def _skip(id: str, who: Visitor, deps: Deps, given: Mapping[str, str], key: str) -> Response:
    return await skip_postmortem(id, read(Skip, _reason(given)), who.actor, deps, key)


async def _require(id: str, who: Visitor, deps: Deps, given: Mapping[str, str], key: str) -> Response:
    return await require_postmortem(id, read(Require, _reason(given)), who.actor, deps, key)


def _reason(given: Mapping[str, str]) -> dict[str, str]:
    return {"reason": given.get("reason", "")}


DECISIONS = {
    "publish": Decision(
        act=Act.PUBLISH_POSTMORTEMS,
        heading="Publish now",
        button="Publish",
        said="published",
        consequences=(
            "The approved revision is published without waiting for the meeting, and mailed to its lists.",
            "What is published stays. Something wrong in it is put right by a correction, which is mailed as well.",
        ),
        reason="",
        do=_publish,
    ),
    "skip": Decision(
        act=Act.SKIP_POSTMORTEMS,
        heading="Skip this postmortem",
        button="Skip it",
        said="skipped",
        consequences=(
            "Its review ends, and its meeting is called off. What is written stays, and so does the reason.",
            "Anybody can ask for it again.",
        ),
        reason="Why is no postmortem needed?",
        do=_skip,
    ),
    "require": Decision(
        act=Act.REQUIRE_POSTMORTEMS,
        heading="Ask for a postmortem",
        button="Ask for it",
        said="required",
        consequences=("It becomes a draft again. Its deadline counts from now.",),
        reason="Why is a postmortem needed after all?",
        do=_require,
    ),
}


def _which(request: Request) -> str:
    """Return what is decided here: the last part of the address."""
    return str(request.scope["path"]).rpartition("/")[2]


async def _gate(request: Request) -> Visitor:
    """Let those pass who may decide this. Raises: Problem."""
    return await PageGate(DECISIONS[_which(request)].act)(request)


Which = Annotated[str, Depends(_which)]
Decider = Annotated[Visitor, Depends(_gate)]


@router.get("/postmortems/{id}/submit")
async def submission(id: Id, request: Request, who: Submitter, deps: Needs) -> Response:
    """Show what is still missing, and what has to be justified, before a review is asked for."""
    return await _submitting(request, deps, id, who, {})


@router.post("/postmortems/{id}/submit")
async def submit(id: Id, request: Request, who: Submitter, deps: Needs) -> Response:
    """Ask for a review; what was written stays when it is refused."""
    given = await fields(request)
    try:
        submission = read(Submission, {"justifications": _justified(given)})
        answer = await submit_postmortem(id, who.actor, deps, submission, await key_of(request))
    except Problem as problem:
        return await _submitting(request, deps, id, who, given, problem)
    return see(f"/postmortems/{id}", outcome(answer, "submitted"))


def _justified(given: Mapping[str, str]) -> list[dict[str, str]]:
    named = ((name.removeprefix(REASON), reason) for name, reason in given.items() if name.startswith(REASON))
    return [{"finding": finding, "reason": reason} for finding, reason in named if reason.strip()]


async def _submitting(
    request: Request, deps: Deps, id: str, who: Visitor, given: Mapping[str, str], problem: Problem | None = None
) -> Response:
    view, draft = await drafted(deps, id, who.actor)
    described = {section.name: section for section in draft.described()}
    return page(
        request,
        "submit.html",
        problem.status if problem else 200,
        view=view,
        draft=draft,
        missing=[described[name] for name in draft.missing if name in described],
        findings=[finding for finding in draft.findings if finding.justified is None],
        titles={name: section.title for name, section in described.items()},
        given=given,
        problem=problem,
    )


async def decision(id: Id, which: Which, request: Request, who: Decider, deps: Needs) -> Response:
    """Show what it would bring about."""
    return await _deciding(request, deps, id, which, who)


async def decide(id: Id, which: Which, request: Request, who: Decider, deps: Needs) -> Response:
    """Do it; what was written stays when it is refused."""
    given, chosen = await fields(request), DECISIONS[which]
    try:
        answer = await chosen.do(id, who, deps, given, await key_of(request))
    except Problem as problem:
        return await _deciding(request, deps, id, which, who, given.get("reason", ""), problem)
    return see(f"/postmortems/{id}", outcome(answer, chosen.said))


async def _deciding(
    request: Request, deps: Deps, id: str, which: str, who: Visitor, reason: str = "", problem: Problem | None = None
) -> Response:
    view, draft = await drafted(deps, id, who.actor)
    shown = {"view": view, "draft": draft, "which": which, "decision": DECISIONS[which], "reason": reason}
    return page(request, "deciding.html", problem.status if problem else 200, **shown, problem=problem)


for name in DECISIONS:
    router.get(f"/postmortems/{{id}}/{name}")(decision)
    router.post(f"/postmortems/{{id}}/{name}")(decide)
