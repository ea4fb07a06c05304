"""The external message of a postmortem, for a status page. Afterword mails it to nobody."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.gateway.domain.access import Act
from services.gateway.domain.answers.external import ExternalMessage
from services.gateway.domain.external import as_html, as_markdown, as_text, external_message, reviewed_revision
from services.gateway.domain.view import View
from services.gateway.handlers.answering import TEXT, answers, named
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.history import ALONE
from services.gateway.handlers.problems import Problem
from services.gateway.handlers.showing import Id, drafted
from services.gateway.ports import Deps
from shared.contracts.commands import Actor
from shared.contracts.events import Snapshot
from shared.contracts.sections import Part

router = APIRouter(prefix="/v1/postmortems/{id}", tags=["publication"])


class MessageFormat(StrEnum):
    """What an external message can be exported as."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"
    TEXT = "txt"


MEDIA_TYPES = {
    MessageFormat.MARKDOWN: "text/markdown; charset=utf-8",
    MessageFormat.HTML: "text/html; charset=utf-8",
    MessageFormat.JSON: "application/json",
    MessageFormat.TEXT: "text/plain; charset=utf-8",
}
FILES: dict[str, Any] = {
    "headers": named(["Content-Disposition"]),
    "content": {"text/html": TEXT, "text/markdown": TEXT, "text/plain": TEXT},
}
"""What is answered besides JSON."""
WRITTEN = {MessageFormat.MARKDOWN: as_markdown, MessageFormat.HTML: as_html, MessageFormat.TEXT: as_text}


@router.get(
    "/external-message",
    summary="Export what customers are told",
    **answers(
        ExternalMessage,
        "404 unknown-revision",
        "409 not-reviewed",
        "409 no-external-message",
        says="The message.",
        also={200: FILES},
    ),
)
async def export_external_message(
    id: Id,
    actor: Annotated[Actor, may(Act.READ_POSTMORTEMS)],
    deps: Needs,
    format: Annotated[MessageFormat, Query(description="md, html, json or txt")] = MessageFormat.MARKDOWN,
    draft: Annotated[bool, Query(description="What is written so far, marked as a draft.")] = False,
) -> Response:
    """What customers are told, to be put on the status page: of what is published, or approved and through its meeting.

    Afterword sends it to nobody. With `draft=true` it is what is written so far, and says that it is a draft.
    """
    view, current = await drafted(deps, id, actor)
    of = current if draft else await _reviewed(deps, view, current)
    message = external_message(of, reviewed=not draft)
    if not message.parts:
        raise _nothing_to_tell(of)
    write = WRITTEN.get(format)
    name = f"external-message-r{of.revision}{'-draft' if draft else ''}.{format.value}"
    return Response(
        write(message) if write else message.model_dump_json(),
        media_type=MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": ALONE},
    )


async def _reviewed(deps: Deps, view: View, current: Snapshot) -> Snapshot:
    """Return the revision that may go out. Raises: Problem 409 when none was reviewed."""
    number = reviewed_revision(view)
    if number is None:
        raise Problem(
            409,
            "not-reviewed",
            "Customers are told only what was reviewed: wait until it is published, or approved and its meeting over. "
            "`draft=true` shows what is written so far.",
        )
    if number == current.revision:
        return current
    revision = await deps.history.revision(view.id, number)
    if revision is None:
        raise Problem(404, "unknown-revision", f"There is no revision {number} of this postmortem.", field="revision")
    return revision.draft


def _nothing_to_tell(draft: Snapshot) -> Problem:
    names = [section.name for section in draft.described() if section.part is Part.EXTERNAL]
    if not names:
        text = 'The template of this postmortem has no section for customers, with part = "external".'
        return Problem(409, "no-external-message", text)
    text = f"Revision {draft.revision} tells customers nothing; write {', '.join(f'`{name}`' for name in names)}."
    return Problem(409, "no-external-message", text, field=f"sections.{names[0]}")
