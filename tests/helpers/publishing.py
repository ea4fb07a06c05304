"""Something to publish and many to publish it to: what the mail's fault tests and benchmarks begin with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.local.site import REPOSITORY
from shared.clock import new_id
from shared.contracts.base import Owner
from shared.contracts.commands import PublishPostmortem, Role
from shared.contracts.events import ReviewApproved
from shared.contracts.lists import MOST_MEMBERS
from shared.contracts.values import Approval
from shared.messaging.broker import Bus
from shared.messaging.envelope import unsaid
from tests.helpers.builders import NOW, a_draft, an_actor

PARAGRAPH = (
    "Orders failed for one in five customers, because connections of the pool were never given back once the export "
    "had begun. *Nobody* saw it for twenty minutes: the alarm asks for errors, and there were none, only waiting. "
    "See [the dashboard](https://grafana.example.com/d/checkout) and `pool.max_size`.\n\n"
)
"""About 300 bytes of Markdown; twice that in a mail, which has it as text and as HTML."""


def policy_with(members: Sequence[str], **fields: str) -> str:
    """Return the demo's policy with these people alone on its lists, each list with these fields in TOML."""
    demo = (REPOSITORY / "deploy" / "local" / "afterword.toml").read_text(encoding="utf-8")
    parts = [demo[: demo.index("\n[[lists]]")]]
    for start in range(0, len(members), MOST_MEMBERS):
        parts += [
            "\n[[lists]]",
            f'name = "everyone-{start}"',
            f"members = {json.dumps(members[start:][:MOST_MEMBERS])}",
        ]
        parts += [f"{name} = {value}" for name, value in fields.items()]
    return "\n".join(parts) + "\n"


def a_report(postmortem_id: str, owner: str, paragraphs: int = 1) -> ReviewApproved:
    """Return an approved report of so many paragraphs, in which nobody but its owner is involved."""
    approved: ReviewApproved = a_draft(
        ReviewApproved,
        postmortem_id=postmortem_id,
        revision=2,
        owner=Owner(name="Olga Owner", email=owner),
        people=(),
        report={"overview": PARAGRAPH, "what_happened": PARAGRAPH * paragraphs},
        approvals=(Approval(name="Olga Owner", email=owner, at=NOW),),
    )
    return approved


async def publish(bus: Bus, approved: ReviewApproved) -> None:
    """Say that it is approved and that it is to be published now."""
    command = PublishPostmortem(
        postmortem_id=approved.postmortem_id,
        actor=an_actor("owner@example.com", Role.ADMIN),
        approved_revision=approved.revision,
    )
    for message in (approved, command):
        await bus.publish(unsaid(message, id=new_id(), room="gateway", time=datetime.now(UTC)))
