"""What a section's page does while somebody types in it: save by itself, and tell what is remarked on the text."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from services.gateway.domain.pages.sections import is_autosaved
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.giving import Answered
from services.gateway.handlers.pages.drafts import base_of, newest, outcome_of
from services.gateway.handlers.pages.editing import remarked, shown
from services.gateway.handlers.pages.forms import fields, read
from services.gateway.handlers.pages.rendering import page
from services.gateway.handlers.pages.saying import SAID, outcome
from services.gateway.handlers.pages.visitors import Visitor
from services.gateway.handlers.pages.writing import SECTION, Editor, Name, base_after, section_of, typed, written
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.remarks import Dismiss, RemarkId, dismiss_remark, restore_remark
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps

router = APIRouter(include_in_schema=False)
REMARKS = SECTION + "/remarks"
AUTOSAVED = "autosaved"


@router.post(SECTION + "/autosave")
async def autosave(id: Id, name: Name, request: Request, who: Editor, deps: Needs) -> Response:
    """Save what is typed, and say so: `said` in words, `base` for the next time. Raises: Problem.

    Of a text that has changed meanwhile the problem says as `base` what stands there now, and in `conflicts` its text.
    """
    view, draft = await drafted(deps, id, who.actor)
    section_of(draft, name)
    if not is_autosaved(view):
        text = f"It is {view.status().replace('_', ' ')} now: what you type is saved when you press Save."
        raise Problem(409, "not-autosaved", text)
    given = await typed(request)
    given = given._replace(note=given.note or AUTOSAVED)
    try:
        answered = await written(deps, id, who.actor, name, given, None)
    except Problem as problem:
        if problem.status == 412:  # noqa: PLR2004 - it has changed
            problem.more["base"] = base_of(await newest(deps, id, who.actor, problem))
        raise
    return JSONResponse({"said": _said(deps, answered), "base": base_after(answered, given)})


def _said(deps: Deps, answered: Answered | None) -> str:
    if answered is not None and answered.reply is None:
        return "Accepted: it is kept safe and will be saved in a moment."
    beside = ", beside what others have changed in other parts" if outcome_of(answered) == "merged" else ""
    return f"Saved {deps.clock.now().astimezone(ZoneInfo(deps.timezone)):%H:%M}{beside}"


@router.get(REMARKS)
async def remarks(id: Id, name: Name, request: Request, who: Editor, deps: Needs) -> Response:
    """Return what is remarked on a section by now, to be put into its page."""
    view, draft = await drafted(deps, id, who.actor)
    return page(request, "edit_remarks.html", **remarked(view, draft, name))


@router.post(REMARKS + "/{remark}/dismissal")
async def dismiss(id: Id, name: Name, remark: RemarkId, request: Request, who: Editor, deps: Needs) -> Response:
    """Say that a remark is not for this text. What is typed meanwhile stays in the form; it is not saved by this."""
    reason = (await fields(request)).get(f"reason-{remark}", "")
    try:
        given = read(Dismiss, {"reason": reason})
        answer = await dismiss_remark(id, remark, given, who.actor, deps)
    except Problem as problem:
        return await _again(id, name, request, who, deps, problem=problem)
    return await _again(id, name, request, who, deps, said=SAID[outcome(answer, "dismissed")])


@router.post(REMARKS + "/{remark}/restore")
async def restore(id: Id, name: Name, remark: RemarkId, request: Request, who: Editor, deps: Needs) -> Response:
    """Let a remark count again, with what is typed meanwhile still in the form."""
    try:
        answer = await restore_remark(id, remark, who.actor, deps)
    except Problem as problem:
        return await _again(id, name, request, who, deps, problem=problem)
    return await _again(id, name, request, who, deps, said=SAID[outcome(answer, "restored")])


async def _again(
    id: str, name: str, request: Request, who: Visitor, deps: Deps, problem: Problem | None = None, **more: str
) -> Response:
    view, draft = await drafted(deps, id, who.actor)
    return await shown(request, view, draft, name, await typed(request), problem=problem, **more)
