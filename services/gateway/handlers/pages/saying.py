"""What a page says after a form has done something: by a name in its address, so that a reload says it again."""

from __future__ import annotations

from starlette.responses import Response

SAID = {
    "signed-out": "You are signed out.",
    "saved": "Saved.",
    "joined": "You are on the invitation. It comes to you by mail, for a calendar of your own.",
    "soon": "Done. The shared calendar is told first, so it may take a moment until you see it here.",
    "left": "You are off the invitation.",
    "submitted": "Submitted: the community is asked to review it.",
    "published": "Published. It is on its way to everybody who is to read it.",
    "skipped": "Skipped. It stays here, with the reason.",
    "required": "It is wanted again: a draft, whose deadline counts from now.",
    "item-added": "The action item is added.",
    "item-changed": "The action item is changed.",
    "unchanged": "Everything was saved already: nothing is different.",
    "merged": "Saved, beside what others have changed in other parts meanwhile.",
    "dismissed": "The remark is dismissed; everybody who reads this sees why.",
    "restored": "The remark counts again.",
    "taken": "What you chose of the file is saved.",
    "correcting": "The correction is begun. Write it section by section, then submit it from its page.",
    "redriven": "Sent to where it was heard, to be tried as if it was new. What fails again is parked again.",
    "dropped": "Discarded. The log tells what it was, who discarded it, and why.",
    "not-parked": "Nothing of that is parked any more: somebody else was faster, or it is further back in its queue.",
    "lifted": "Mail goes to this address again.",
    "later": "Accepted. It is kept safe and will be done; its service has not answered yet, so look again in a moment.",
    "moved": "The meeting is moved. Whoever is invited is told.",
    "called-off": "The meeting is called off. Whoever was invited is told.",
    "ended": "The meeting is over. The approved report goes out after the grace period.",
    "noted": "The notes are saved.",
    "mail-chosen": "Your choice of mail counts from now on.",
    "subscribed": "You get the mail of this list from now on.",
    "unsubscribed": "You get no more mail of this list because of your subscription.",
    "declined": "You get no mail of this list any more, whoever put you on it.",
    "rotated": "Your links of before are useless now. Give your programs the new ones.",
    "chosen": "It is the postmortem of the month.",
    "left-to-rule": "The rule chooses the postmortem of the month.",
    "approved": "Your approval is given.",
    "changes-requested": "You have asked for changes. The owner is told by mail.",
    "commented": "Your comment is there.",
    "approval-withdrawn": "Your approval is taken back.",
    "claimed": "You review it. Thank you.",
    "review-declined": "You do not review it; somebody else is asked.",
    "handed-over": "They review it instead of you, and are told.",
    "replied": "Your answer is there.",
    "settled": "The thread is settled.",
    "reopened": "The thread is open again.",
    "left-community": "You have left the community. You can come back at any time.",
}


def outcome(answer: object, name: str) -> str:
    """Return what to say of a handler's answer: this name, or that it will be done later (202)."""
    is_later = isinstance(answer, Response) and answer.status_code == 202  # noqa: PLR2004 - Accepted
    return "later" if is_later else name
