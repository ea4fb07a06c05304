"""A view as the API answers it. Pure; names and shapes are the API's promise."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from services.gateway.domain.answers import threads
from services.gateway.domain.answers.action_items import ActionItem, labels
from services.gateway.domain.answers.corrections import CorrectionList, shown
from services.gateway.domain.answers.meeting import Meeting, NotesTaken
from services.gateway.domain.answers.postmortem import (
    Links,
    MergedInto,
    Postmortem,
    PostmortemSummary,
    Skipped,
    TimelineLine,
)
from services.gateway.domain.answers.publication import Publication
from services.gateway.domain.answers.review import Lacking, Remark, Review, asked
from services.gateway.domain.remarks import findings, told
from services.gateway.domain.timeliness import timeliness
from services.gateway.domain.view import View
from shared.contracts import action_items
from shared.contracts.events import Snapshot


def whole(view: View, draft: Snapshot, public_url: str, now: datetime, *, sees_taker: bool = True) -> Postmortem:
    """Return everything about one postmortem, as it stands now.

    `sees_taker`: whether the reader may know what it was merged into.
    """
    return Postmortem(
        **dict(summary(view, draft, public_url, now)),
        readers=draft.readers,
        people=view.people,
        content_hash=draft.content_hash,
        sections=draft.report,
        template=draft.described(),
        timeline=tuple(
            TimelineLine(**{**{name: getattr(e, name) for name in TimelineLine.model_fields}, "at": _time(e.at) or ""})
            for e in view.timeline
        ),
        missing=draft.missing,
        incident=view.incident or draft.incident,
        incidents=view.incidents,
        durations=view.durations,
        merged_into=_merged_into(view, public_url) if sees_taker else None,
        review=review(view, draft, public_url),
        meeting=meeting(view),
        publication=publication(view),
        action_items=tuple(labelled(item, view, draft) for item in view.action_items),
    )


def labelled(item: action_items.ActionItem, view: View, draft: Snapshot) -> ActionItem:
    """Return an action item with the labels that follow from its incident."""
    return ActionItem(**dict(item), labels=labels(draft.severity, view.incident or draft.incident))


def _merged_into(view: View, public_url: str) -> MergedInto | None:
    if view.merged is None or not view.is_merged():
        return None
    base = f"{public_url.rstrip('/')}/v1/postmortems/{view.merged.into}"
    at = _time(view.merged.merged_at) or ""
    return MergedInto(id=view.merged.into, at=at, by=view.merged.merged_by, links={"self": base})


def summary(view: View, draft: Snapshot, public_url: str, now: datetime) -> PostmortemSummary:
    """Return what a list of postmortems shows of one, as it stands now."""
    base = f"{public_url.rstrip('/')}/v1/postmortems/{view.id}"
    return PostmortemSummary(
        id=view.id,
        title=draft.title,
        status=view.status(),
        severity=draft.severity,
        severity_label=draft.severity_words(),
        services=draft.services,
        tags=draft.tags,
        restricted=draft.restricted,
        owner=draft.owner,
        deadline=_time(draft.deadline) or "",
        timeliness=timeliness(view, draft, now),
        skipped=_skipped(view),
        imported=view.imported,
        revision=draft.revision,
        created_at=_time(view.created_at),
        updated_at=_time(view.updated_at),
        links=Links(
            self=base,
            meeting=f"{base}/meeting",
            deliveries=f"{base}/deliveries",
            page=f"{public_url.rstrip('/')}/postmortems/{view.id}",
        ),
    )


def _skipped(view: View) -> Skipped | None:
    if view.skip is None or view.status() != "skipped":
        return None
    return Skipped(reason=view.skip.reason, by=view.skip.by, at=_time(view.skip.at) or "")


def review(view: View, draft: Snapshot, public_url: str) -> Review:
    """Return the review: its state, who was asked, who approved the current revision."""
    states = {"draft": "none", "skipped": "none"}
    status: Any = view.status()
    approvals = view.review.approvals if view.review.approvals_revision == draft.revision else ()
    base = f"{public_url.rstrip('/')}/v1/postmortems/{view.id}"
    return Review(
        state=_reviewed(view) if view.is_out() else states.get(status, status),
        reviewers=asked(view.review, draft.revision, base),
        approvals=approvals,
        lacking=_lacking(view) if status == "in_review" else None,
        comments=tuple(Remark(**comment) for comment in view.review.comments),
        findings=findings(view, draft),
        remarks=told(view, public_url),
        threads=threads.shown(view.review.threads, draft),
    )


def _reviewed(view: View) -> Literal["approved", "none"]:
    """What is published was approved; what was imported may have been, nobody here knows of it."""
    return "none" if view.imported else "approved"


def _lacking(view: View) -> Lacking | None:
    lacks = view.review.still_lacks()
    return Lacking(wanted=lacks.wanted, found=len(view.review.reviewers), reasons=lacks.reasons) if lacks else None


def meeting(view: View) -> Meeting:
    """Return the meeting; status `none` as long as there is no slot."""
    if view.meeting is None:
        return Meeting(uid=None, status="none", start=None, end=None, join_url=None, attendees=())
    status = "cancelled" if view.cancelled else "ended" if view.ended else view.meeting.status
    return Meeting(**{**dict(view.meeting), "status": status, **_notes(view)})


def _notes(view: View) -> dict[str, Any]:
    """The notes as somebody took them last, if there are any."""
    if view.notes is None or not view.notes.notes:
        return {}
    taken = NotesTaken(by=view.notes.by, at=_time(view.notes.at) or "", version=view.notes.version)
    return {"notes": view.notes.notes, "notes_taken": taken}


def publication(view: View) -> Publication | None:
    """Return the publication with the mails accepted, failed and still pending, or None."""
    if view.publication is None:
        return None
    done = view.completed if view.completed and view.completed.revision == view.publication.revision else None
    accepted, failed = (done.accepted, done.failed) if done else (0, 0)
    return Publication(
        revision=view.publication.revision,
        correction_of=view.publication.correction_of,
        changes=view.publication.changes,
        published_at=_time(view.publication.published_at) or "",
        recipients=view.publication.recipients,
        accepted=accepted,
        failed=failed,
        pending=0 if done else view.publication.recipients,
    )


def corrections(view: View, draft: Snapshot) -> CorrectionList:
    """Return the corrections; the last one has become what is published, or is what is worked on."""
    status = "published" if view.is_out() else view.status()
    published = view.publication.revision if view.publication else 0
    editions = frozenset({*view.editions, *((published,) if published else ())})
    newest = published if status == "published" else draft.revision
    return shown(view.corrections, editions, view.withdrawals, (newest, status))


def _time(moment: Any) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
