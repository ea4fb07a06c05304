"""How a page is made: one environment of templates, the headers of every page, and what problems look like in one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.gateway.domain.access import Act
from services.gateway.domain.pages.prose import prose
from services.gateway.handlers.pages.saying import SAID
from services.gateway.handlers.pages.static import address
from services.gateway.handlers.problems import Problem
from services.gateway.ports import Deps
from shared.clock import new_id

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Neither scripts nor styles inline, nothing from elsewhere. `data:` is for the marks in the style sheet."""
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
NAVIGATION = (
    ("/", "Home", Act.READ_POSTMORTEMS),
    ("/library", "Library", Act.READ_POSTMORTEMS),
    ("/reviews", "Reviews", Act.READ_REVIEWS),
    ("/meetings", "Meetings", Act.READ_MEETINGS),
    ("/insights", "Insights", Act.READ_INSIGHTS),
    ("/operations", "Operations", Act.OPERATE),
)


def markdown(text: str, anchor: str = "text") -> Markup:
    """Return Markdown as HTML that acts on nothing; its headings stand below those of the page, and can be linked."""
    return Markup(prose(text, anchor).html)  # noqa: S704 - cleaned


TEMPLATES = Environment(
    loader=PackageLoader("services.gateway", "templates/pages"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.globals |= {"static": address, "new_key": new_id}
TEMPLATES.filters |= {"markdown": markdown}


def page(request: Request, name: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """Return a page: the template with what is shown, and what stands on every page.

    A template that extends `layout.html` sees `visitor` (None: nobody is signed in), `here` (the path), `zone` (the
    organisation's), `said` (what a form has done, in words) and `when(moment)`. With `live` (a postmortem's id, or
    `*` for all that the person may see) what stands in an element `live` is renewed when something happens; without
    such an element the page says that it is not as it was.
    """
    html = TEMPLATES.get_template(name).render(standing(request) | shown)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def standing(request: Request) -> dict[str, Any]:
    """Return what every page knows."""
    deps: Deps = request.app.state.deps
    visitor = getattr(request.state, "visitor", None)
    zone = ZoneInfo(deps.timezone)

    def when(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"

    return {
        "visitor": visitor,
        "here": request.scope["path"],
        "asked": asked(request),
        "navigation": [(path, name) for path, name, act in NAVIGATION if visitor and visitor.may(act)],
        "is_development": bool(deps.sign_in.as_anybody),
        "zone": zone,
        "now": deps.clock.now(),
        "when": when,
        "said": SAID.get(request.query_params.get("said", "")),
        "problem": None,
        "live": None,
    }


def told(request: Request, problem: Problem) -> Response:
    """Return the page that tells somebody of a problem, or leads them to sign in."""
    if problem.rule == "sign-in-needed":
        return _to_sign_in(request)
    heading = HTTPStatus(problem.status).phrase
    answer = page(
        request, "problem.html", problem.status, problem=problem, heading=heading, id=request.state.request_id
    )
    answer.headers.update(problem.headers)
    return answer


def asked(request: Request) -> str:
    """Return path and query of what was asked for, without what a form has said."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "said"]
    return quote(request.scope["path"]) + (f"?{urlencode(others)}" if others else "")


def _to_sign_in(request: Request) -> Response:
    """After signing in people come back to the page; what a form said has to be sent again from there."""
    where = f"/sign-in?next={quote(asked(request), safe='')}" if request.method == "GET" else "/sign-in"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={**HEADERS, "HX-Redirect": where})
    return RedirectResponse(where, status_code=303, headers=HEADERS)


def see(path: str, said: str | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """Return the way on after a form: the page at this path, which says what was done (a name in `saying.SAID`)."""
    path, hash, fragment = path.partition("#")
    joined = f"{path}{'&' if '?' in path else '?'}said={said}" if said else path
    return RedirectResponse(joined + hash + fragment, status_code=303, headers={**HEADERS, **(headers or {})})
