"""`/docs`: the API to read and try out, from this server alone; nothing is fetched from elsewhere."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

router = APIRouter(include_in_schema=False)
OURS = resources.files("services.gateway") / "templates"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Styles may stand inline, since the page sets those of its elements."""
ASSETS = Mount("/docs/assets", StaticFiles(packages=[("fastapi_offline", "static")]), name="docs-assets")


@router.get("/docs")
async def docs() -> Response:
    """Show the API."""
    page = (OURS / "docs.html").read_bytes()
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": POLICY})


@router.get("/docs/show.js")
async def show() -> Response:
    """Start the page."""
    return Response((OURS / "docs.js").read_bytes(), media_type="text/javascript")
