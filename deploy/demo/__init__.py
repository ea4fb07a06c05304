"""The demo: one realistic incident through a running Afterword, and a short report of what happened.

Everything goes through the doors that tools and people use: signed PagerDuty webhooks, the HTTP API,
the calendar server, the mailbox.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

from rich.console import Console

from deploy.demo.driver import Driver, StepFailed, sample_incident
from deploy.demo.report import Story, print_report

AUTHOR = "chen.li@example.com"
"""Who writes the postmortem: nobody of the incident, and none of the reviewers."""


def run(run: Mapping[str, Any], console: Console) -> bool:
    """Drive the incident; print what happened. Return whether the mail arrived and the meeting is on the calendar."""
    driver = Driver(run)
    try:
        story = tell(driver, lambda step: console.print(f"  [green]✓[/] {step}"))
    except StepFailed as error:
        console.print(f"[red]The demo stopped:[/] {error}", soft_wrap=True)
        console.print("The services' logs are in .local/log/.")
        return False
    print_report(console, story)
    return True


def tell(driver: Driver, say: Callable[[str], None]) -> Story:
    """Go the whole way, step by step. Raises: StepFailed."""
    driver.report_incident()
    say(f"PagerDuty told of incident {driver.incident} in {len(sample_incident())} signed webhooks")
    draft = driver.draft(AUTHOR)
    say(f"drafting opened the draft; owner {draft['owner']['name']}, deadline {draft['deadline'][:16]}Z")
    tentative = driver.meeting(AUTHOR, "tentative")
    say(f"calendar holds a slot: {tentative['start'][:16]}Z, tentative")
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    say("the author filled the sections and asked for review")
    approved = driver.approve_as_reviewers(AUTHOR)
    say("approved by " + " and ".join(a["name"] for a in approved["review"]["approvals"]))
    meeting = driver.meeting(AUTHOR, "scheduled")
    event = driver.on_the_calendar(meeting["uid"], "CONFIRMED")
    say("the meeting is confirmed on the shared calendar")
    driver.act(approved["owner"]["email"], "POST", "/publish")
    publication = driver.delivered(AUTHOR)
    mails = driver.until("the mails", driver.mails, lambda found: len(found) >= publication["accepted"] > 0)
    say(f"published; {len(mails)} mails arrived")
    return Story(postmortem=driver.get(AUTHOR), meeting=meeting, event=event, mails=mails)


def sections() -> dict[str, str]:
    """Return what the author writes."""
    text = resources.files("deploy.demo").joinpath("sections.toml").read_text("utf-8")
    return {name: str(value) for name, value in tomllib.loads(text).items()}
