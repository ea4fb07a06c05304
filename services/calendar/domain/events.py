"""What drafts, reviewers and approvals do to a meeting."""

from __future__ import annotations

from collections.abc import Sequence

from services.calendar.domain.flags import REVIEW_LATE, without
from services.calendar.domain.meeting import Meeting, Topic, change, expecting, keep, topic_of, write
from services.calendar.domain.placing import as_reviewer, cast, imagined, placed
from services.calendar.domain.practice import Practice
from services.calendar.domain.slots import Busy
from services.calendar.domain.states import LIVE, MOVES, Act, Status
from shared.contracts.base import Moment
from shared.contracts.decision import Decision
from shared.contracts.events import ReviewApproved, ReviewersAssigned, Snapshot
from shared.contracts.merging import PostmortemMerged
from shared.contracts.values import Attendee, Reviewer


def follow_draft(
    meeting: Meeting | None, draft: Snapshot, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """Hold a slot for a new postmortem; follow title, people and severity of a newer revision.

    The times stay: people have them in their calendars. An older revision that comes late changes nothing. Who may see
    what it is about is followed whatever the revision, and when the meeting is over too: its entry is still there.
    What is skipped has no meeting, and gets one when it is asked for; so does what goes on by itself after a merge.
    """
    if meeting is None:
        new = imagined(None, draft, practice, now)
        return Decision(state=_unheld(new)) if draft.skipped else write(_held(new, busy, practice, now))
    heard = topic_of(draft)
    changes = _called_off_or_on(meeting, heard, busy, practice, now)
    topic = _followed(meeting.model_copy(update=changes), heard, Act.REVISE)
    follows = (meeting.status, Act.REVISE) in MOVES or "start" in changes
    crew = cast(meeting, topic, practice) if follows else {}
    return change(meeting, now, **{**crew, **changes, "topic": topic})


def hear_merged(meeting: Meeting, event: PostmortemMerged, now: Moment) -> Decision[Meeting]:
    """Another postmortem is about the incident: the meeting is off, unless a later revision says it goes on."""
    is_off = _is_off_by_itself(meeting)
    if not is_off and (meeting.status, Act.MERGE) not in MOVES:
        return keep(meeting)
    known = meeting.model_copy(update={"merged": max(meeting.merged, event.revision)})
    if meeting.topic.revision > event.revision:
        return keep(known)
    since = max(meeting.off_since, event.revision)
    if is_off:
        return keep(known.model_copy(update={"off_since": since}))
    off = MOVES[meeting.status, Act.MERGE]
    return change(known, now, status=off, off_since=since, needs_attention="")


def hear_reviewers(meeting: Meeting, event: ReviewersAssigned, now: Moment) -> Decision[Meeting]:
    """Those who were asked last may see what it is about, also when that is restricted.

    While it lies ahead they are invited; later they review a correction, and it is over.
    """
    if meeting.reviewers_at and event.assigned_at < meeting.reviewers_at:
        return keep(meeting)
    changes = _asked(event.reviewers)
    if meeting.status not in LIVE:
        del changes["asked"]
    return change(meeting, now, **changes, reviewers_at=event.assigned_at)


def pass_over(meeting: Meeting | None, correction: Snapshot, now: Moment) -> Decision[Meeting | None]:
    """Follow who may see it, and nothing else: a correction of what is published needs no meeting, and moves none."""
    if meeting is None:
        return Decision(state=None)
    followed = change(meeting, now, topic=meeting.topic.knowing(topic_of(correction)))
    return Decision(state=followed.state, events=followed.events, due=followed.due)


def confirm(
    meeting: Meeting | None, approved: ReviewApproved, busy: Sequence[Busy], practice: Practice, now: Moment
) -> Decision[Meeting]:
    """Confirm the slot; choose one if there is none yet, or if the one held has already begun.

    It does not matter whether the draft was heard before: an approval carries all that a slot needs.
    """
    approvers = tuple(as_reviewer(Attendee(name=a.name, email=a.email)) for a in approved.approvals)
    if meeting is None:
        invited = {"status": Status.SCHEDULED, "approvers": approvers, **_asked(approved.reviewers)}
        held = _held(imagined(None, approved, practice, now).model_copy(update=invited), busy, practice, now)
        return write(expecting(held, now))
    heard = topic_of(approved)
    standing_by = _called_off_or_on(meeting, heard, busy, practice, now)
    standing = meeting.model_copy(update=standing_by)
    topic = _followed(standing, heard, Act.APPROVE)
    is_void = heard.toggles < topic.toggles or heard.revision <= meeting.merged
    if (standing.status, Act.APPROVE) not in MOVES or is_void:
        return change(meeting, now, **{**standing_by, "topic": topic})
    changes: dict[str, object] = {
        **standing_by,
        "status": MOVES[standing.status, Act.APPROVE],
        "topic": topic,
        **cast(standing, topic, practice),
        "approvers": (*meeting.approvers, *(a for a in approvers if a not in meeting.approvers)),
        **({} if meeting.reviewers else _asked(approved.reviewers)),
        "needs_attention": without(standing.needs_attention, REVIEW_LATE),
        "late": False,
        "moves": 0,
        "given_up": False,
        "preread_lead": practice.preread,
    }
    if meeting.status is Status.TENTATIVE and meeting.start <= now:
        changes |= placed(meeting.model_copy(update=changes), busy, practice, now)
    return change(meeting, now, **changes)


def _followed(meeting: Meeting, heard: Topic, act: Act) -> Topic:
    """The topic of the newer revision, as long as the meeting follows the text, with the newest restriction."""
    is_newer = heard.revision > meeting.topic.revision and (meeting.status, act) in MOVES
    newer, other = (heard, meeting.topic) if is_newer else (meeting.topic, heard)
    toggles = max(heard.toggles, meeting.topic.toggles)
    return newer.knowing(other).model_copy(update={"toggles": toggles})


def _called_off_or_on(
    meeting: Meeting, heard: Topic, busy: Sequence[Busy], practice: Practice, now: Moment
) -> dict[str, object]:
    """Return what changes when the postmortem is skipped or asked for, or goes on after it was merged.

    It is on again when neither holds any more; a meeting that people called off stays off.
    """
    skipped = max(heard, meeting.topic, key=lambda topic: topic.toggles).skipped
    if skipped and (meeting.status, Act.SKIP) in MOVES:
        return {"status": MOVES[meeting.status, Act.SKIP], "skipped": True, "needs_attention": ""}
    if not _is_off_by_itself(meeting):
        return {}
    off: dict[str, object] = {
        "skipped": skipped,
        "off_since": meeting.off_since if heard.revision <= meeting.off_since else 0,
    }
    if any(off.values()):
        return off
    back = {"status": MOVES[meeting.status, Act.REQUIRE], "gone": False, "seen": None}
    again = meeting.model_copy(update={"topic": heard, **cast(meeting, heard, practice)})
    return off | back | {"moves": 0} | placed(again, busy, practice, now)


def _is_off_by_itself(meeting: Meeting) -> bool:
    """Say whether it is off by a skip or a merge, and not because people called it off."""
    return meeting.skipped or meeting.off_since > 0


def _unheld(meeting: Meeting) -> Meeting:
    """Return the meeting of a postmortem that was skipped before there was one: no entry, but it may be asked for."""
    return meeting.model_copy(update={"status": Status.CANCELLED, "gone": True, "skipped": True})


def _asked(reviewers: Sequence[Reviewer]) -> dict[str, object]:
    """Return what changes when these are asked to review it: they may see it, and are welcome."""
    asked = tuple(as_reviewer(Attendee(name=each.name, email=each.email)) for each in reviewers)
    return {"asked": asked, "reviewers": tuple(each.email for each in asked)}


def _held(meeting: Meeting, busy: Sequence[Busy], practice: Practice, now: Moment) -> Meeting:
    return meeting.model_copy(update=placed(meeting, busy, practice, now))
