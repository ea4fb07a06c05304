"""What a page says after a form has done something: by a name in its address, so that a reload says it again."""

from __future__ import annotations

from starlette.responses import Response

SAID = {
    "signed-out": "You are signed out.",
    "saved": "Saved.",
    "later": "Accepted. It is kept safe and will be done; its service has not answered yet, so look again in a moment.",
}


def outcome(answer: object, name: str) -> str:
    """Return what to say of a handler's answer: this name, or that it will be done later (202)."""
    is_later = isinstance(answer, Response) and answer.status_code == 202  # noqa: PLR2004 - Accepted
    return "later" if is_later else name
