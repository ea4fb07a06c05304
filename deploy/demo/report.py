"""The demo's report: who did what when, the entry on the calendar, the mail as received, the links."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from icalendar import Event
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.demo.driver import text_of

SHOWN_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted")
SHOWN_LINES = 24


@dataclass(frozen=True)
class Story:
    """What the demo has seen at the end of the way."""

    postmortem: dict[str, Any]
    meeting: dict[str, Any]
    event: Event
    mails: list[EmailMessage]


def print_report(console: Console, story: Story) -> None:
    """Print a short readable report."""
    mail, count = story.mails[0], len(story.mails)
    event = Text(story.event.to_ical().decode().replace("\r\n", "\n").strip())
    shown = (
        _timeline(story.postmortem),
        Panel(event, title="The meeting, read back over CalDAV", expand=False),
        Panel(_mail(mail), title=f"One of {count} mails, as received", expand=False),
    )
    for part in shown:
        console.print(part, soft_wrap=False)
    for name, url in story.postmortem["links"].items():
        console.print(f"  {name:<11}{url}", soft_wrap=True, highlight=False)


def _timeline(postmortem: dict[str, Any]) -> Table:
    table = Table(
        title=f"{postmortem['title']} · {postmortem['severity']} · {postmortem['status']}", title_justify="left"
    )
    for column in ("when (UTC)", "what", "who"):
        table.add_column(column)
    for entry in postmortem["timeline"]:
        table.add_row(_time(entry["at"]), Text(entry["text"]), entry["who"] or "")
    for approval in postmortem["review"]["approvals"]:
        table.add_row(_time(approval["at"]), f"approved revision {postmortem['revision']}", approval["name"])
    publication = postmortem["publication"]
    table.add_row(
        _time(publication["published_at"]),
        f"published, {publication['accepted']} mails accepted",
        postmortem["owner"]["name"],
    )
    return table


def _time(text: str) -> str:
    return text[:16].replace("T", " ")


def _mail(mail: EmailMessage) -> Text:
    headers = [f"{name}: {mail[name]}" for name in SHOWN_HEADERS if mail[name]]
    lines = text_of(mail).splitlines()
    more = [f"… {len(lines) - SHOWN_LINES} more lines, and the same as HTML"] if len(lines) > SHOWN_LINES else []
    return Text("\n".join([*headers, "", *lines[:SHOWN_LINES], *more]))
