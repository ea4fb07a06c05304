"""A view as the API answers it. Pure; names and shapes are the API's promise."""

from __future__ import annotations

from typing import Any

from services.gateway.domain.corrections import CorrectionList, shown
from services.gateway.domain.view import View
from shared.contracts.events import Snapshot

Json = dict[str, Any]


def whole(view: View, draft: Snapshot, public_url: str) -> Json:
    """Return everything about one postmortem."""
    return {
        **summary(view, draft, public_url),
        "readers": list(draft.readers),
        "people": _dump(view.people),
        "content_hash": draft.content_hash,
        "sections": draft.report,
        "timeline": [
            {
                "at": _time(e.at),
                "text": e.text,
                "evidence_url": e.evidence_url,
                "source": e.source,
                "kind": e.kind.value,
                "who": e.who,
            }
            for e in view.timeline
        ],
        "missing": list(draft.missing),
        "incident": (view.incident or draft.incident).model_dump(mode="json"),
        "review": review(view, draft),
        "meeting": meeting(view),
        "publication": publication(view),
        "action_items": _dump(view.action_items),
    }


def summary(view: View, draft: Snapshot, public_url: str) -> Json:
    """Return what a list of postmortems shows of one."""
    base = f"{public_url.rstrip('/')}/v1/postmortems/{view.id}"
    return {
        "id": view.id,
        "title": draft.title,
        "status": view.status(),
        "severity": draft.severity.value,
        "services": list(draft.services),
        "tags": list(draft.tags),
        "restricted": draft.restricted,
        "owner": draft.owner.model_dump(mode="json"),
        "deadline": _time(draft.deadline),
        "revision": draft.revision,
        "created_at": _time(view.created_at),
        "updated_at": _time(view.updated_at),
        "links": {
            "self": base,
            "meeting": f"{base}/meeting",
            "deliveries": f"{base}/deliveries",
            "page": f"{public_url.rstrip('/')}/postmortems/{view.id}",
        },
    }


def review(view: View, draft: Snapshot) -> Json:
    """Return the review: its state, who was asked, who approved the current revision."""
    states = {"draft": "none", "published": "approved"}
    status: str = view.status()
    current = view.review.approvals_revision == draft.revision
    return {
        "state": states.get(status, status),
        "reviewers": _dump(view.review.reviewers),
        "approvals": _dump(view.review.approvals) if current else [],
        "comments": list(view.review.comments),
        "findings": [],
    }


def meeting(view: View) -> Json:
    """Return the meeting; status `none` as long as there is no slot."""
    if view.meeting is None:
        return {"uid": None, "status": "none", "start": None, "end": None, "join_url": None, "attendees": []}
    status = "cancelled" if view.cancelled else "ended" if view.ended else view.meeting.status
    return {**view.meeting.model_dump(mode="json"), "status": status}


def publication(view: View) -> Json | None:
    """Return the publication with the mails accepted, failed and still pending, or None."""
    if view.publication is None:
        return None
    done = view.completed if view.completed and view.completed.revision == view.publication.revision else None
    accepted, failed = (done.accepted, done.failed) if done else (0, 0)
    return {
        "revision": view.publication.revision,
        "correction_of": view.publication.correction_of,
        "published_at": _time(view.publication.published_at),
        "recipients": view.publication.recipients,
        "accepted": accepted,
        "failed": failed,
        "pending": 0 if done else view.publication.recipients,
    }


def corrections(view: View, draft: Snapshot) -> CorrectionList:
    """Return the corrections; the last one has become what is published, or is what is worked on."""
    status = view.status()
    published = view.publication.revision if view.publication else 0
    return shown(view.corrections, published if status == "published" else draft.revision, status)


def _dump(values: tuple[Any, ...]) -> list[Json]:
    return [value.model_dump(mode="json") for value in values]


def _time(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
