"""The link in every mail: a page that asks (mail scanners follow links), and a POST that does it (RFC 8058).

Whoever holds a link may use it: no key, no cookie. Nothing that is answered tells whether an address exists.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from importlib import resources
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.gateway.handlers.answering import TEXT, answers
from services.gateway.handlers.caller import Needs
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.clock import new_id
from shared.contracts.lists import INVOLVED, Unsubscribe, list_id
from shared.contracts.mail_preferences import WEEKLY_DIGEST

router = APIRouter(prefix="/unsubscribe", tags=["lists"])
Token = Annotated[str, Path(description="What stands in the link of a mail.")]
PAIR = ("List-Unsubscribe", "One-Click")
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {
                "schema": {"type": "object", "required": [PAIR[0]], "properties": {PAIR[0]: {"const": PAIR[1]}}},
                "example": dict([PAIR]),
            }
            for kind in ("application/x-www-form-urlencoded", "multipart/form-data")
        },
    }
}
PAGE = {"text/html": TEXT}
UNKNOWN = {404: {"description": "A page that says that this link is none of ours.", "content": PAGE}}
PAGES = Environment(
    loader=PackageLoader("services.gateway"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
STYLE = Markup(resources.files("services.gateway").joinpath("templates/page.css").read_text("utf-8"))  # noqa: S704 - ours
ALLOWED = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{ALLOWED}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@router.get("/{token}", summary="Ask before unsubscribing", **answers(PAGE, says="A page with a button.", also=UNKNOWN))
async def ask_to_unsubscribe(token: Token, deps: Needs) -> HTMLResponse:
    """Show a page with a button; changes nothing, since programs follow the links of mails too."""
    link = deps.unsubscribe_links.read(token)
    return _page("ask", await _title(deps, link)) if link else _page("unknown")


@router.post(
    "/{token}",
    summary="Unsubscribe with one click",
    **answers(
        PAGE,
        "400 bad-request",
        "422 one-click-expected",
        "503 not-accepted",
        says="A page that says so.",
        also=UNKNOWN,
        extra=BODY,
    ),
)
async def unsubscribe_by_link(token: Token, request: Request, deps: Needs) -> HTMLResponse:
    """Unsubscribe whoever got this link from its list (RFC 8058); the same again changes nothing."""
    link = deps.unsubscribe_links.read(token)
    if link is None:
        return _page("unknown")
    async with request.form(max_files=1, max_fields=10) as form:
        if form.get(PAIR[0]) != PAIR[1]:
            text = "Send the form field `List-Unsubscribe=One-Click`."
            raise Problem(422, "one-click-expected", text, field=PAIR[0])
    await deps.messages.report(new_id(), link)
    return _page("done")


async def _title(deps: Deps, link: Unsubscribe) -> str:
    if link.list_id == list_id(INVOLVED):
        return "reports of incidents that you took part in"
    if link.list_id == list_id(WEEKLY_DIGEST):
        return "the weekly digest"
    known = await deps.lists.state_of(link.list_id)
    return (known.list.title or known.list.name) if known else "this list"


def _page(state: Literal["ask", "done", "unknown"], title: str = "") -> HTMLResponse:
    page = PAGES.get_template("unsubscribe.html").render(state=state, title=title, style=STYLE)
    status = 404 if state == "unknown" else 200
    return HTMLResponse(page, status_code=status, headers={"Content-Security-Policy": POLICY})
