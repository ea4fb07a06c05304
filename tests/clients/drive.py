"""One incident, from its report to its mails, with nothing but a generated client. Runs in the client's environment.

`python drive.py FOLDER` with the run's description on standard input; FOLDER holds the package `afterword_client`.
Prints what it saw as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

sys.path.insert(0, sys.argv[1])

from afterword_client import AuthenticatedClient
from afterword_client.api.action_items import add_action_item, follow_action_items, get_action_item, patch_action_item
from afterword_client.api.history import compare_revisions, export_postmortem, get_revision, list_revisions
from afterword_client.api.incidents import report_incident
from afterword_client.api.insights import get_insights
from afterword_client.api.lists import delete_list, get_list, list_lists, put_list
from afterword_client.api.meetings import end_meeting, get_meeting
from afterword_client.api.postmortems import get_postmortem, list_postmortems, patch_postmortem, submit_postmortem
from afterword_client.api.publication import list_corrections, list_deliveries, publish_postmortem
from afterword_client.api.reviewers import list_reviewers
from afterword_client.api.reviews import list_reviews, review_postmortem
from afterword_client.api.watching import get_calendar, get_feed, get_secret_links
from afterword_client.models import (
    ActionItem,
    ActionItemPage,
    Comparison,
    CorrectionList,
    Deliveries,
    Format,
    IncidentKind,
    IncidentReported,
    Insights,
    ItemPatch,
    ItemState,
    ListGiven,
    ListShown,
    ListsShown,
    Meeting,
    MeetingFacts,
    NewItem,
    Owner,
    Patch,
    PatchSections,
    Postmortem,
    PostmortemPage,
    Problem,
    Reported,
    ReviewersShown,
    ReviewQueue,
    RevisionPage,
    SecretLinks,
    Severity,
    Verdict,
    VerdictGiven,
    WholeRevision,
)
from afterword_client.types import File

T = TypeVar("T")
PATIENCE_S = 60.0
EVERY_S = 0.1


class Drive:
    """One incident and those who have to do with it."""

    def __init__(self, run: dict[str, Any]) -> None:
        self.run = run
        self.incident = f"CLIENT-{datetime.now(UTC).timestamp():.6f}"
        self.tool, self.author, self.admin = map(self.person, ("tool", "engineer", "admin"))
        self.id = ""

    def person(self, role: str) -> str:
        """Return the first person with this role."""
        return next(str(email) for email, known in self.run["keys"].items() if known["role"] == role)

    def client(self, email: str) -> AuthenticatedClient:
        """Return a client with somebody's key."""
        return AuthenticatedClient(base_url=self.run["gateway_url"], token=self.run["keys"][email]["key"])

    def report(self, kind: IncidentKind, minutes_ago: int) -> None:
        """Tell what happened in the incident."""
        event = IncidentReported(
            source="generated-client",
            external_id=self.incident,
            kind=kind,
            occurred_at=datetime.now(UTC) - timedelta(minutes=minutes_ago),
            title="Checkout answers slowly",
            severity=Severity.SEV2,
            services=["checkout"],
        )
        self.id = expect(Reported, report_incident.sync(client=self.client(self.tool), body=event)).postmortem_id

    def look(self) -> Postmortem | Problem:
        """Read the postmortem, which may not be there yet."""
        return get_postmortem.sync(id=self.id, client=self.client(self.author))

    def edit(self) -> Postmortem:
        """Write into every section that is missing, on top of what was read."""
        read = get_postmortem.sync_detailed(id=self.id, client=self.client(self.author))
        sections = PatchSections.from_dict(dict.fromkeys(read.parsed.missing, "What there is to say.\n"))
        body = Patch(sections=sections, note="Written by a generated client.")
        client = self.client(self.author)
        return expect(
            Postmortem, patch_postmortem.sync(id=self.id, client=client, body=body, if_match=read.headers["ETag"])
        )

    def review(self) -> Postmortem:
        """Submit, and approve as each reviewer."""
        expect(Postmortem, submit_postmortem.sync(id=self.id, client=self.client(self.author)))
        seen = until(self.look, lambda found: bool(found.review.reviewers))
        for reviewer in seen.review.reviewers:
            verdict = VerdictGiven(revision=seen.revision, verdict=Verdict.APPROVE)
            client = self.client(reviewer.email)
            expect(Postmortem, review_postmortem.sync(id=self.id, client=client, body=verdict))
        return until(self.look, lambda found: found.status == "approved")

    def work(self) -> str:
        """Add an action item and do it, by the ETag that was read; return how it stands."""
        client = self.client(self.author)
        new = NewItem(text="Set the size of the pool", owner=Owner(name="Ada Moreno", email="ada.moreno@example.com"))
        item = expect(ActionItem, add_action_item.sync(id=self.id, client=client, body=new))
        read = get_action_item.sync_detailed(id=self.id, item_id=item.id, client=client)
        patch = ItemPatch(state=ItemState.DONE)
        expect(
            ActionItem,
            patch_action_item.sync(
                id=self.id, item_id=item.id, client=client, body=patch, if_match=read.headers["ETag"]
            ),
        )
        page = expect(ActionItemPage, follow_action_items.sync(client=client, state=ItemState.DONE, limit=100))
        return str(next(each.state for each in page.items if each.id == item.id))

    def keep_a_list(self) -> int:
        """Make a list and delete it again; return how many there were with it."""
        admin, name = self.client(self.admin), self.incident.lower().replace(".", "-")
        body = ListGiven(title="Made by a generated client", members=["reader@example.com"])
        expect(ListShown, put_list.sync(name=name, client=admin, body=body, if_none_match="*"))
        read = get_list.sync_detailed(name=name, client=admin)
        there = until(lambda: list_lists.sync(client=admin), lambda seen: len(seen.items) > 1)  # the policy's come too
        delete_list.sync_detailed(name=name, client=admin, if_match=read.headers["ETag"])
        return len(expect(ListsShown, there).items)

    def read(self) -> list[str]:
        """Read whatever else there is to read; return the first bytes of what is no JSON."""
        client = self.client(self.author)
        page = expect(RevisionPage, list_revisions.sync(id=self.id, client=client))
        expect(WholeRevision, get_revision.sync(id=self.id, number=page.items[0].revision, client=client))
        expect(Comparison, compare_revisions.sync(id=self.id, client=client))
        expect(CorrectionList, list_corrections.sync(id=self.id, client=client))
        expect(Insights, get_insights.sync(client=client))
        expect(ReviewQueue, list_reviews.sync(client=client))
        expect(ReviewersShown, list_reviewers.sync(client=client))
        expect(SecretLinks, get_secret_links.sync(client=client))
        files = [
            expect(File, export_postmortem.sync(id=self.id, client=client, format_=format)).payload.read(4).decode()
            for format in (Format.MD, Format.PDF)
        ]
        texts = [expect(str, found.sync(client=client)) for found in (get_feed, get_calendar)]
        return [*files, *(text[:5] for text in texts)]

    def publish(self) -> Deliveries:
        """End the meeting once it is scheduled, publish, and wait for the mails."""
        admin = self.client(self.admin)
        until(lambda: expect(Meeting, get_meeting.sync(id=self.id, client=admin)), lambda m: m.status == "scheduled")
        expect(MeetingFacts, end_meeting.sync(id=self.id, client=admin, idempotency_key=f"end {self.incident}"))
        expect(Postmortem, publish_postmortem.sync(id=self.id, client=admin))
        until(self.look, lambda found: found.publication and found.publication.pending == 0)
        return expect(Deliveries, list_deliveries.sync(id=self.id, client=admin))


def expect(kind: type[T], answer: object) -> T:
    """Return an answer of this kind. Raises: TypeError with any other, a problem say."""
    if isinstance(answer, kind):
        return answer
    raise TypeError(f"expected {kind.__name__}, got {answer}")


def until(look: Callable[[], Any], is_right: Callable[[Any], bool]) -> Any:
    """Look again until what is seen is right, and no problem. Raises: TimeoutError with what was seen last."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        seen = look()
        if not isinstance(seen, Problem) and is_right(seen):
            return seen
        time.sleep(EVERY_S)
    raise TimeoutError(f"not within {PATIENCE_S} s; last seen: {seen}")


def main() -> None:
    """Go the whole way."""
    drive = Drive(json.load(sys.stdin))
    drive.report(IncidentKind.OPENED, 60)
    drive.report(IncidentKind.RESOLVED, 10)
    until(drive.look, lambda _: True)
    edited, item = drive.edit(), drive.work()
    approved, deliveries = drive.review(), drive.publish()
    listed = expect(PostmortemPage, list_postmortems.sync(client=drive.client(drive.author), limit=100))
    refused = submit_postmortem.sync(id=drive.id, client=drive.client(drive.author))
    print(  # noqa: T201
        json.dumps(
            {
                "missing": edited.missing,
                "approvals": [approval.email for approval in approved.review.approvals],
                "deliveries": [delivery.state for delivery in deliveries.deliveries],
                "listed": drive.id in [item.id for item in listed.items],
                "refused": expect(Problem, refused).rule,
                "item": item,
                "lists": drive.keep_a_list(),
                "read": drive.read(),
            }
        )
    )


if __name__ == "__main__":
    main()
