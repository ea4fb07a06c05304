"""The same as a message for Slack and what reads Slack's format: a sentence, and a line of context below it. Pure.

Whatever people wrote is escaped as Slack says, so that nothing in a title becomes a link or calls for a channel.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from shared.contracts import events as said
from shared.contracts.closing import PostmortemClosed
from shared.contracts.merging import PostmortemMerged
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.contracts.withdrawing import CorrectionWithdrawn

SENTENCES = {
    said.DraftCreated.name: "A postmortem has its first draft",
    said.DraftRevised.name: "A postmortem was revised",
    PostmortemSkipped.name: "There will be no postmortem of an incident",
    PostmortemRequired.name: "A postmortem is wanted after all",
    CorrectionWithdrawn.name: "A correction was withdrawn",
    PostmortemMerged.name: "The incident of a postmortem is part of another one",
    said.TimelineExtended.name: "More became known of what happened",
    said.ReviewRequested.name: "A postmortem waits for its review",
    said.ReviewersAssigned.name: "A postmortem has its reviewers",
    said.ReviewCommented.name: "A reviewer commented on a postmortem",
    said.ChangesRequested.name: "A reviewer asks for changes to a postmortem",
    said.ApprovalGiven.name: "A reviewer approved a postmortem",
    said.ReviewApproved.name: "A postmortem is approved by all its reviewers",
    ApprovalWithdrawn.name: "A reviewer took the approval of a postmortem back",
    said.MeetingScheduled.name: "There is a time for a postmortem meeting",
    said.MeetingRescheduled.name: "A postmortem meeting has changed",
    said.MeetingCancelled.name: "A postmortem meeting is called off",
    said.MeetingEnded.name: "A postmortem meeting is over",
    said.Published.name: "A postmortem is published",
    said.DeliveryCompleted.name: "A postmortem has been sent to its lists",
    PostmortemClosed.name: "A postmortem is closed: what follows from it is filed",
}
TENTATIVE = "A time is held for a postmortem meeting"
UNTITLED = "a restricted postmortem"


def body(event: str, data: dict[str, Any]) -> str:
    """Return the message: `text` for notifications and readers without blocks, `blocks` for the rest."""
    sentence, title = _sentence(event, data), escaped(data.get("title", UNTITLED))
    lines = [f"*{sentence}*", f"<{data['links']['page']}|{title}>", *_when(data)]
    blocks = [
        {"type": "section", "text": _text("\n".join(lines))},
        {"type": "context", "elements": [_text(" · ".join(_context(data)))]},
    ]
    return json.dumps({"text": f"{sentence}: {title}", "blocks": blocks}, ensure_ascii=False)


def escaped(text: str) -> str:
    """Escape the three characters that mean something to Slack, keep to one line, and let no @name call anybody."""
    line = " ".join(text.split()).replace("|", "¦")
    for plain, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\N{ZERO WIDTH SPACE}")):
        line = line.replace(plain, escape)
    return line


def _sentence(event: str, data: dict[str, Any]) -> str:
    is_held = event == said.MeetingScheduled.name and data.get("meeting", {}).get("status") == "tentative"
    return TENTATIVE if is_held else SENTENCES[event]


def _text(text: str) -> dict[str, Any]:
    """`verbatim`: Slack looks for no links, channels and names of its own accord."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _when(data: dict[str, Any]) -> list[str]:
    """The meeting's begin, in the reader's own time zone."""
    start = data.get("meeting", {}).get("start")
    if start is None:
        return []
    at = datetime.fromisoformat(start)
    return [f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|{at:%Y-%m-%d %H:%M} UTC>"]


def _context(data: dict[str, Any]) -> list[str]:
    words = [escaped(data.get("severity_label") or data["severity"].upper())]
    if data.get("services"):
        words.append(escaped(", ".join(data["services"])))
    if data.get("owner"):
        words.append(f"owner {escaped(data['owner']['name'])}")
    words.append(f"revision {data['revision']}")
    return [*words, *_counts(data.get("publication", {}))]


def _counts(publication: dict[str, Any]) -> list[str]:
    names = {"recipients": "recipients", "accepted": "mails accepted", "failed": "failed"}
    return [f"{publication[key]} {name}" for key, name in names.items() if publication.get(key)]
