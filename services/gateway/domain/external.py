"""The external message: the sections for customers as a text that stands alone, for a status page. Pure.

It goes out only after it was reviewed (guide): of what was published, or approved and gone through in the meeting.
"""

from __future__ import annotations

from markupsafe import escape

from services.gateway.domain.answers.external import ExternalMessage, ExternalPart
from services.gateway.domain.markdown import plain_text, safe_html
from services.gateway.domain.view import View
from shared.contracts.events import Snapshot
from shared.contracts.sections import Part

NOTHING = frozenset({"", "-", "\N{EN DASH}", "\N{EM DASH}"})
"""What people write who have nothing to say."""
DRAFT = "DRAFT, not reviewed: not to be shown to customers."


def reviewed_revision(view: View) -> int | None:
    """Return the newest revision whose external message may go out; None as long as there is none."""
    published = view.publication.revision if view.publication else 0
    approved = view.review.approved() if view.ended and view.status() == "approved" else 0
    return max(published, approved) or None


def external_message(draft: Snapshot, *, reviewed: bool) -> ExternalMessage:
    """Return what customers are told; a section that still asks for something is not told to them."""
    sections = (section for section in draft.described() if section.part is Part.EXTERNAL)
    texts = ((each, draft.report[each.name].strip()) for each in sections if each.name not in draft.missing)
    return ExternalMessage(
        id=draft.postmortem_id,
        revision=draft.revision,
        reviewed=reviewed,
        parts=tuple(
            ExternalPart(name=each.name, title=each.title, markdown=text, html=safe_html(text), text=plain_text(text))
            for each, text in texts
            if text not in NOTHING
        ),
    )


def as_markdown(message: ExternalMessage) -> str:
    """Return the message as Markdown; one part alone needs no heading."""
    headed = len(message.parts) > 1
    parts = (f"## {part.title}\n\n{part.markdown}" if headed else part.markdown for part in message.parts)
    return "\n\n".join((*_warned(message), *parts)) + "\n"


def as_html(message: ExternalMessage) -> str:
    """Return the message as a piece of HTML without scripts, images and styles."""
    headed = len(message.parts) > 1
    parts = (f"<h2>{escape(part.title)}</h2>\n{part.html}" if headed else part.html for part in message.parts)
    return "".join((*(f"<p><strong>{line}</strong></p>\n" for line in _warned(message)), *parts))


def as_text(message: ExternalMessage) -> str:
    """Return the message without any marks."""
    headed = len(message.parts) > 1
    parts = (f"{part.title}\n\n{part.text}" if headed else part.text for part in message.parts)
    return "\n\n".join((*_warned(message), *parts)) + "\n"


def _warned(message: ExternalMessage) -> tuple[str, ...]:
    return () if message.reviewed else (DRAFT,)
