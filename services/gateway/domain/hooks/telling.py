"""What subscribers are told: which calls follow from a fact, and what each of them says. Pure.

A fact becomes a call for every subscriber that asks for it by name; whether it is one of theirs (severity, service,
restricted) is looked at when it is told, since a postmortem may be heard of after its meeting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from services.gateway.domain.hooks.hook import Hook
from services.gateway.domain.view import View
from shared.contracts import events as said
from shared.contracts.base import Message, Severity, derived_id
from shared.contracts.closing import PostmortemClosed
from shared.contracts.commands import CallWebhook
from shared.contracts.merging import PostmortemMerged
from shared.contracts.skipping import PostmortemRequired, PostmortemSkipped
from shared.contracts.values import Approval, Reviewer
from shared.contracts.verdicts import ApprovalWithdrawn
from shared.contracts.withdrawing import CorrectionWithdrawn

Json = dict[str, Any]

NEWS_FOR = timedelta(days=3)
"""What is older is no news: a library that is built again tells a new subscriber nothing of last year."""
SUMMARY = 280

STATUS = {
    said.DraftCreated.name: "draft",
    PostmortemSkipped.name: "skipped",
    PostmortemRequired.name: "draft",
    CorrectionWithdrawn.name: "published",
    said.ReviewRequested.name: "in_review",
    said.ChangesRequested.name: "changes_requested",
    said.ReviewApproved.name: "approved",
    ApprovalWithdrawn.name: "in_review",
    said.Published.name: "published",
    said.DeliveryCompleted.name: "published",
    PostmortemMerged.name: "closed",
    PostmortemClosed.name: "closed",
}
"""What the postmortem's status is by a fact itself, however late it is told."""


def calls(event: Message, id: str, said_at: datetime, hooks: Iterable[Hook], now: datetime) -> tuple[CallWebhook, ...]:
    """Return the calls that follow from a fact with this id."""
    if now - said_at > NEWS_FOR:
        return ()
    facts = facts_of(event)
    return tuple(
        CallWebhook(
            postmortem_id=event.postmortem_id,
            hook=hook.name,
            webhook_id=derived_id(id, "webhook", hook.name),
            event=event.name,
            said_at=said_at,
            facts=facts,
        )
        for hook in hooks
        if event.name in hook.events
    )


def told(call: CallWebhook, view: View, hook: Hook, public_url: str) -> Json | None:
    """Return what a call says: the public shape of the postmortem; None when it is not the subscriber's business.

    What the fact itself says of the postmortem goes before what is known of it by now; that it is restricted by now
    goes before everything.
    """
    draft = view.draft
    if draft is None or not _is_for(hook, about := {**_known(draft), **call.facts}):
        return None
    if draft.restricted and not hook.restricted:
        return None
    common = {"id": view.id, "status": STATUS.get(call.event) or view.status(), "restricted": draft.restricted}
    links = {"links": _links(view.id, public_url)}
    if draft.restricted:
        return {**common, "severity": about["severity"], "revision": about["revision"], **links}
    return {**common, **about, **links}


def facts_of(event: Message) -> Json:
    """Return what a fact says, as the API would show it; of its report a short summary at most."""
    return _FACTS.get(event.name, _nothing)(event)


def _is_for(hook: Hook, about: Json) -> bool:
    if hook.severities and Severity(about["severity"]) not in hook.severities:
        return False
    return not hook.services or not {*hook.services}.isdisjoint(about["services"])


def _links(id: str, public_url: str) -> Json:
    base = public_url.rstrip("/")
    return {"self": f"{base}/v1/postmortems/{id}", "page": f"{base}/postmortems/{id}"}


def _known(event: said.Snapshot) -> Json:
    return {
        "title": event.title,
        "severity": event.severity.value,
        "severity_label": event.severity_words(),
        "services": list(event.services),
        "owner": event.owner.model_dump(mode="json"),
        "revision": event.revision,
        "deadline": time(event.deadline),
    }


def _draft(event: said.Snapshot) -> Json:
    return {**_known(event), "summary": _summary(event.report)}


def _skipped(event: PostmortemSkipped) -> Json:
    return {**_draft(event), "skip": {"reason": event.reason, "by": event.skipped_by}}


def _required(event: PostmortemRequired) -> Json:
    return {**_draft(event), "skip": {"reason": event.reason, "by": event.required_by}}


def _merged(event: PostmortemMerged) -> Json:
    """Into which one is not told: whoever hears of this one may not be one of those who may see that."""
    return {"revision": event.revision, "merge": {"by": event.merged_by}}


def _requested(event: said.ReviewRequested) -> Json:
    return {**_draft(event), "review": {"requested_by": event.requested_by}}


def _name(person: Reviewer | Approval) -> Json:
    """Who it is, and nothing of why they were asked or what they had to say."""
    return {"name": person.name, "email": person.email}


def _assigned(event: said.ReviewersAssigned) -> Json:
    return {"revision": event.revision, "review": {"reviewers": [_name(each) for each in event.reviewers]}}


def _remarked(event: said.ReviewCommented | said.ChangesRequested) -> Json:
    review = {"reviewer": event.reviewer.model_dump(), "comments": len(event.comments)}
    return {"revision": event.revision, "review": review}


def _approvals(event: said.ApprovalGiven | said.ReviewApproved | ApprovalWithdrawn) -> Json:
    approvals = [{**_name(each), "at": time(each.at)} for each in event.approvals]
    return {"revision": event.revision, "review": {"approvals": approvals}}


def _withdrawn(event: ApprovalWithdrawn) -> Json:
    told = _approvals(event)
    return {**told, "review": {**told["review"], "reviewer": event.reviewer.model_dump(), "reason": event.reason}}


def _approved(event: said.ReviewApproved) -> Json:
    return {**_draft(event), **_approvals(event)}


def _meeting(event: said.MeetingScheduled) -> Json:
    return {
        "meeting": {
            "status": event.status,
            "start": time(event.start),
            "end": time(event.end),
            "timezone": event.timezone,
            "join_url": event.join_url,
        }
    }


def _cancelled(_: said.MeetingCancelled) -> Json:
    return {"meeting": {"status": "cancelled"}}


def _ended(event: said.MeetingEnded) -> Json:
    return {"meeting": {"status": "ended", "ended_at": time(event.ended_at)}}


def _published(event: said.Published) -> Json:
    return {
        "title": event.title,
        "severity": event.severity.value,
        "severity_label": event.severity_words(),
        "services": list(event.services),
        "revision": event.revision,
        "summary": _summary(event.report),
        "publication": {
            "published_at": time(event.published_at),
            "recipients": event.recipients,
            "correction_of": event.correction_of,
            "changes": list(event.changes),
        },
    }


def _completed(event: said.DeliveryCompleted) -> Json:
    counts = {"accepted": event.accepted, "failed": event.failed, "unknown": event.unknown}
    return {"revision": event.revision, "publication": {**counts, "completed_at": time(event.completed_at)}}


def _closed(event: PostmortemClosed) -> Json:
    return {"revision": event.revision, "action_items": event.items, "closed_at": time(event.closed_at)}


def _nothing(_: Message) -> Json:
    return {}


def _summary(report: dict[str, str]) -> str:
    """The first lines of the first section, without the template's questions."""
    first = next(iter(report.values()), "")
    text = " ".join(line.strip() for line in first.splitlines() if line.strip() and not line.startswith(">"))
    return text if len(text) <= SUMMARY else text[: SUMMARY - 1].rstrip() + "…"


def time(moment: datetime) -> str:
    """Write a time as the API does: UTC, with Z."""
    return moment.isoformat().replace("+00:00", "Z")


_FACTS: dict[str, Callable[[Any], Json]] = {
    said.DraftCreated.name: _draft,
    said.DraftRevised.name: _draft,
    PostmortemSkipped.name: _skipped,
    PostmortemRequired.name: _required,
    CorrectionWithdrawn.name: _draft,
    PostmortemMerged.name: _merged,
    said.ReviewRequested.name: _requested,
    said.ReviewersAssigned.name: _assigned,
    said.ReviewCommented.name: _remarked,
    said.ChangesRequested.name: _remarked,
    said.ApprovalGiven.name: _approvals,
    said.ReviewApproved.name: _approved,
    ApprovalWithdrawn.name: _withdrawn,
    said.MeetingScheduled.name: _meeting,
    said.MeetingRescheduled.name: _meeting,
    said.MeetingCancelled.name: _cancelled,
    said.MeetingEnded.name: _ended,
    said.Published.name: _published,
    said.DeliveryCompleted.name: _completed,
    PostmortemClosed.name: _closed,
}
