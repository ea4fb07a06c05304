"""The review page of one postmortem: its text since the last look, threads beside it, the checklist and the verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from services.gateway.domain.access import Act
from services.gateway.domain.history import Comparison, compare
from services.gateway.domain.pages.looking import Look, last_look, reading
from services.gateway.domain.pages.parts import asked_as, may_claim
from services.gateway.domain.pages.quoting import LONGEST, quoted
from services.gateway.domain.pages.standing import standing
from services.gateway.domain.view import View
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.checklist import QUESTIONS
from services.gateway.handlers.pages.forms import fields, key_of, read
from services.gateway.handlers.pages.rendering import page, see
from services.gateway.handlers.pages.saying import outcome
from services.gateway.handlers.pages.visitors import Visitor, visitor
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.reviews import VerdictGiven, review_postmortem, withdraw_approval
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.commands import Verdict
from shared.contracts.community import is_away
from shared.contracts.events import Snapshot

router = APIRouter(prefix="/postmortems/{id}/review", include_in_schema=False)
Reader = Annotated[Visitor, visitor(Act.READ_POSTMORTEMS)]
Speaker = Annotated[Visitor, visitor(Act.GIVE_VERDICTS)]
Since = Annotated[int | None, Query(ge=0, le=1_000_000)]
SAID_OF = {"approve": "approved", "request_changes": "changes-requested", "comment": "commented"}


class Said(NamedTuple):
    """A form of this page that was refused: which one, what somebody had typed, and why."""

    form: str
    typed: Mapping[str, str]
    problem: Problem


@dataclass(frozen=True, slots=True)
class Compared:
    """With which revision the text is compared, and what came of it; without one it is shown as it is."""

    since: int = 0
    look: Look | None = None
    comparison: Comparison | None = None
    unknown: bool = field(default=False)


def path(id: str, since: str | int | None = None) -> str:
    """Return the address of the page."""
    chosen = f"?since={since}" if str(since or "").isdecimal() else ""
    return f"/postmortems/{id}/review{chosen}"


@router.get("")
async def review(id: Id, request: Request, who: Reader, deps: Needs, since: Since = None) -> Response:
    """Show the text as its reviewers read it; `since` is a revision to compare with, 0 for none."""
    return await shown(id, request, who, deps, since)


async def shown(
    id: str, request: Request, who: Visitor, deps: Deps, since: int | None, said: Said | None = None
) -> Response:
    """Return the page; `said` is a form that was refused, whose text stands there again. Raises: Problem 404."""
    view, draft = await drafted(deps, id, who.actor)
    compared = await _compared(deps, view, draft, who, since)
    return page(
        request,
        "review.html",
        said.problem.status if said else 200,
        view=view,
        draft=draft,
        compared=compared,
        text=reading(view, draft, who.actor, compared.comparison),
        stands=standing(view, draft, who.actor),
        asked_me=asked_as(view, who.actor.email),
        may_claim=may_claim(view, draft, who.actor),
        members=await _others(deps, view),
        questions=QUESTIONS.items,
        form=said.form if said else "",
        typed=said.typed if said else {},
        problem=said.problem if said else None,
        live=id,
        asked=path(id, since),
    )


async def _compared(deps: Deps, view: View, draft: Snapshot, who: Visitor, since: int | None) -> Compared:
    """Compare with what somebody chose, else with what they have surely seen."""
    look = last_look(view, who.actor.email)
    number = since if since is not None else look.revision if look else 0
    if not 0 < number < draft.revision:
        return Compared(look=look, unknown=number > draft.revision)
    older = await deps.history.revision(view.id, number)
    if older is None:
        return Compared(look=look, unknown=True)
    return Compared(number, look, await asyncio.to_thread(compare, older.draft, draft))


async def _others(deps: Deps, view: View) -> list[tuple[str, str]]:
    """Return who could be asked instead, by name: members who are there, and not asked yet."""
    now, zone = deps.clock.now(), deps.timezone
    members = [known.reviewer for known in await deps.reviewers.listed()]
    there = (each for each in members if each.active and not is_away(each, now, zone))
    return sorted((each.name, each.email) for each in there if asked_as(view, each.email) is None)


@router.post("")
async def give_verdict(id: Id, request: Request, who: Speaker, deps: Needs) -> Response:
    """Give a verdict with its checklist, and what is to be said of the whole."""
    given = await fields(request)
    try:
        verdict = read(VerdictGiven, _verdict(given))
        answer = await review_postmortem(id, verdict, who.actor, deps, await key_of(request))
    except Problem as problem:
        return await refused(id, request, who, deps, Said("verdict", given, problem))
    return see(path(id, given.get("since")), outcome(answer, SAID_OF[verdict.verdict]))


@router.post("/comments")
async def comment(id: Id, request: Request, who: Speaker, deps: Needs) -> Response:
    """Comment on a section, or on words of it; without a section, on the whole."""
    given = await fields(request)
    section = given.get("section", "")
    try:
        _, draft = await drafted(deps, id, who.actor)
        verdict = read(VerdictGiven, {**_seen(given), "verdict": "comment", "comments": [_comment(given, draft)]})
        answer = await review_postmortem(id, verdict, who.actor, deps, await key_of(request))
    except Problem as problem:
        return await refused(id, request, who, deps, Said(f"comment {section}", given, problem))
    return see(f"{path(id, given.get('since'))}#section-{section or 'whole'}", outcome(answer, "commented"))


@router.post("/withdrawal")
async def withdraw(id: Id, request: Request, who: Speaker, deps: Needs) -> Response:
    """Take back the own approval, with the reason."""
    given = await fields(request)
    try:
        reason = _needed(given, "reason", "Say why you take your approval back.")
        answer = await withdraw_approval(id, who.actor, deps, reason, _number(given, "revision"), await key_of(request))
    except Problem as problem:
        return await refused(id, request, who, deps, Said("withdrawal", given, problem))
    return see(path(id, given.get("since")), outcome(answer, "approval-withdrawn"))


async def refused(id: str, request: Request, who: Visitor, deps: Deps, said: Said) -> Response:
    """Return the page with a form that was refused; a text that has changed meanwhile shows what has."""
    since = _number(said.typed, "since")
    if said.problem.rule == "stale-revision":
        text = "The text has changed since you opened this page. See what is new, and send it again if it holds."
        said = said._replace(problem=Problem(said.problem.status, said.problem.rule, text))
        since = _number(said.typed, "revision") or since
    return await shown(id, request, who, deps, since, said)


def _verdict(given: Mapping[str, str]) -> dict[str, Any]:
    """Return a verdict as the API takes it. Raises: Problem 422 as long as there is none."""
    verdict = _needed(given, "verdict", "Choose what you say: approve it, ask for changes, or only comment.")
    text = given.get("text", "").strip()
    if verdict == Verdict.COMMENT and not text:
        raise Problem(
            422, "invalid-field", "Write what you have to say of the whole; a comment needs it.", field="text"
        )
    answers = {each.name: given.get(f"answer.{each.name}", "") for each in QUESTIONS.items}
    checklist = {
        name: {"answer": answer, "note": given.get(f"note.{name}", "").strip()}
        for name, answer in answers.items()
        if answer
    }
    return {**_seen(given), "verdict": verdict, "comments": [{"text": text}] if text else [], "checklist": checklist}


def _comment(given: Mapping[str, str], draft: Snapshot) -> dict[str, str]:
    """Return a comment as the API takes it, its words as they stand in the Markdown. Raises: Problem 422."""
    text = _needed(given, "text", "Write what you have to say.")
    section, picked = given.get("section", ""), given.get("quote", "").strip()
    if not section:
        return {"text": text}
    if not picked:
        return {"section": section, "text": text}
    found = quoted(draft.report.get(section, ""), picked, given.get("before", ""))
    words, before, after = found or (picked, "", "")
    if len(words) > LONGEST:
        detail = f"Quote {LONGEST} characters at most; these are {len(words)}."
        raise Problem(422, "invalid-field", detail, field="quote")
    return {"section": section, "text": text, "quote": words, "before": before, "after": after}


def _seen(given: Mapping[str, str]) -> dict[str, Any]:
    return {"revision": given.get("revision", ""), "content_hash": given.get("content_hash", "")}


def _needed(given: Mapping[str, str], name: str, detail: str) -> str:
    value = given.get(name, "").strip()
    if not value:
        raise Problem(422, "invalid-field", detail, field=name)
    return value


def _number(given: Mapping[str, str], name: str) -> int | None:
    """Return a number that our own form carries; what is none says nothing."""
    value = given.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < len("10000000") else None
