"""Every rule that an answer can name, once: how it is answered, in which words, and which field is meant. Pure.

A rule's name is stable, programs go by it. The words here are samples of what an answer says; whoever raises the
problem knows more. Rules that follow from the form of a route (it takes a body, a key, an ETag) are given to it
by themselves, in `handlers/forms.py`; a route names those that are its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its status, its name, a sample of its words, and the field that is at fault, if it is one."""

    status: int
    name: str
    detail: str
    field: str | None = None

    @property
    def key(self) -> str:
        """What routes call it: `409 not-approved`."""
        return f"{self.status} {self.name}"

    def sample(self) -> dict[str, Any]:
        """Return a problem that names this rule, as a caller gets it."""
        return {
            "type": f"/problems/{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": "/v1/postmortems/5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
            "request_id": "0197a3c5-6f5f-7a43-9d6f-0d6a0d6f7c11",
            "rule": self.name,
            **({"field": self.field} if self.field else {}),
        }


AT_THE_DOOR: tuple[Rule, ...] = (
    Rule(400, "malformed-json", "The body cannot be read as JSON: a name stands twice in one object.", "body"),
    Rule(400, "ambiguous-length", "A request has either a Content-Length or a Transfer-Encoding.", "Content-Length"),
    Rule(400, "bad-request", "There was an error parsing the body"),
    Rule(400, "incomplete-body", "The body ended before it was complete."),
    Rule(401, "no-valid-key", "Send a valid API key: `Authorization: Bearer <key>`.", "Authorization"),
    Rule(401, "key-expired", "The API key 5e0f4a0e expired on 2026-03-01 at 12:00 UTC.", "Authorization"),
    Rule(401, "key-revoked", "The API key 5e0f4a0e was revoked on 2026-03-01 at 12:00 UTC.", "Authorization"),
    Rule(401, "invalid-token", "The token has expired: get a new one from the provider.", "Authorization"),
    Rule(401, "bad-signature", "The proof that this comes from pagerduty is missing, stale, or wrong.", "signature"),
    Rule(403, "role-needed", "The role tool may not do this; it takes one of admin, engineer, reviewer."),
    Rule(403, "scope-needed", "This key is narrowed to read; this takes the scope edit_postmortems, or write."),
    Rule(403, "no-role", "Nothing in the claim 'groups' of this token has a role here.", "Authorization"),
    Rule(403, "email-needed", "The token has no e-mail address: Afterword knows people by it.", "Authorization"),
    Rule(403, "email-unverified", "Your provider has not verified your e-mail address.", "Authorization"),
    Rule(404, "not-found", "Not Found"),
    Rule(409, "not-reviewed", "Customers are told only what was reviewed: wait until it is published."),
    Rule(409, "no-external-message", "Revision 2 tells customers nothing.", "sections.external_summary"),
    Rule(404, "unknown-command", "There is no such request of yours; they are kept for 48 hours."),
    Rule(404, "unknown-link", "This link is not good, or not any more; take a new one.", "token"),
    Rule(404, "unknown-revision", "There is no revision 7 of this postmortem.", "revision"),
    Rule(404, "unknown-reviewer", "Nobody of this address is or was in the community."),
    Rule(404, "unknown-source", "There is no webhook source 'pager'; known: pagerduty, alertmanager.", "source"),
    Rule(405, "method-not-allowed", "Method Not Allowed"),
    Rule(409, "idempotency-key-in-use", "A request with this key is still running.", "Idempotency-Key"),
    Rule(413, "body-too-large", "The body is larger than 1048576 bytes; send less.", "body"),
    Rule(415, "unsupported-media-type", "Send the body as `Content-Type: application/json`.", "body"),
    Rule(415, "unsupported-mode", "Batches are not taken. Send each event by itself.", "content-type"),
    Rule(422, "invalid-field", "limit: Input should be less than or equal to 100", "limit"),
    Rule(422, "one-click-expected", "Send the form field `List-Unsubscribe=One-Click`.", "List-Unsubscribe"),
    Rule(422, "idempotency-key-reused", "This key was used for another request; take a new one.", "Idempotency-Key"),
    Rule(422, "search-too-wide", "This search takes too long: add a word or a filter, or take rarer ones.", "q"),
    Rule(422, "unreadable-text", "Line 12: there is no section 'Impakt'; there are Overview, Impact.", "body"),
    Rule(428, "if-match-required", "Send If-Match with the ETag that you read.", "If-Match"),
    Rule(429, "rate-limited", "More than 600 requests in 60 seconds (person). Send it again in 7 seconds."),
    Rule(500, "internal-error", "Something went wrong here; the log has the details under this `request_id`."),
    Rule(501, "cannot-print", "There is no printer here; take format=html and print that.", "format"),
    Rule(503, "store-away", "The database does not answer. Send it again, with the same Idempotency-Key."),
    Rule(503, "not-accepted", "The message could not be stored safely; nothing was done. Send it again."),
    Rule(503, "room-away", "The distribution service does not answer; try again."),
    Rule(503, "rate-limited", "More than 600 requests in 60 seconds (webhook). Send it again in 7 seconds."),
    Rule(503, "issuer-away", "The OpenID provider does not answer, so this token cannot be verified now."),
    Rule(503, "too-many-watching", "Too many watch at this gateway; try again, another one may have room."),
    Rule(422, "untimely", "occurred_at: 1969-12-31T23:00:00+00:00 is before 1970.", "occurred_at"),
)
"""What the gateway refuses by itself."""
OF_ROOMS: tuple[Rule, ...] = (
    Rule(403, "own-postmortem", "Owner, authors and people of the incident do not review their own postmortem."),
    Rule(403, "assigned-reviewers-only", "Only the reviewers assigned to this postmortem give a verdict."),
    Rule(403, "author-owner-or-reviewer-settles", "Who began it, the owner, the reviewers or an admin settle it."),
    Rule(403, "own-review-or-admin", "You speak for your own review; an admin speaks for anybody's.", "reviewer"),
    Rule(403, "same-team", "A postmortem is reviewed from outside the team that it is about."),
    Rule(403, "owner-only", "Only the owner (Olga Owner) or an administrator cancels the meeting; ask them."),
    Rule(403, "attendees-only", "Only the owner, an administrator or somebody on the invitation ends the meeting."),
    Rule(403, "people-only", "A tool does not move meetings; an engineer does."),
    Rule(403, "owner-or-admin-publishes", "Only Olga Owner, who owns it, or an admin may publish it."),
    Rule(403, "owner-or-admin-skips", "Only Olga Owner, who owns it, the incident commander or an admin skips it."),
    Rule(403, "own-entry-or-admin", "People change their own entry; an admin changes anybody's."),
    Rule(403, "own-subscription-or-admin", "People see and change their own subscriptions; an admin anybody's."),
    Rule(403, "closed-list", "The list 'board' is closed; ask an admin to put you on it."),
    Rule(403, "own-preference-or-admin", "People choose for themselves which mail they get; an admin for anybody."),
    Rule(403, "admins-only", "Only an admin may change lists."),
    Rule(403, "owner-or-admin-restricts", "Only Olga Owner, who owns it, or an admin says who may see it."),
    Rule(403, "own-correction-only", "Only who opened the correction, the owner or an admin withdraws it."),
    Rule(404, "unknown-postmortem", "There is no such postmortem."),
    Rule(404, "unknown-list", "There is no list of this name."),
    Rule(404, "unknown-suppression", "Mail to this address is not suppressed."),
    Rule(404, "unknown-thread", "The postmortem has no such thread."),
    Rule(404, "unknown-action-item", "The postmortem has no such action item."),
    Rule(409, "already-submitted", "The postmortem is in_review; only a draft or one with changes is submitted."),
    Rule(409, "already-published", "A published postmortem is not edited; publish a correction."),
    Rule(409, "already-skipped", "The postmortem is skipped already; it can be asked for: POST to its `require`."),
    Rule(409, "not-skipped", "The postmortem is draft, and not skipped; there is nothing to ask for."),
    Rule(409, "postmortem-skipped", "The postmortem is skipped; ask for it first: POST to its `require`."),
    Rule(409, "stale-revision", "The current revision is 3; read it and send its number.", "revision"),
    Rule(409, "published", "The postmortem is published, and its review is over; correct it."),
    Rule(409, "already-approved", "You have approved this revision already; one person is one approval."),
    Rule(409, "no-approval", "No approval of yours counts for revision 2, so there is none to withdraw."),
    Rule(409, "too-many-comments", "A postmortem has at most 1000 comments, of 2 MB in all."),
    Rule(409, "open-threads", "2 threads are not settled; resolve them, then approve."),
    Rule(409, "thread-resolved", "The thread is resolved already."),
    Rule(409, "thread-open", "The thread is open; there is nothing to open again."),
    Rule(409, "not-in-review", "The postmortem is draft; a verdict needs it to be in review."),
    Rule(409, "already-reviewer", "They review it already."),
    Rule(409, "not-a-member", "Only members of the community review; they join by PUT /v1/reviewers/{email}."),
    Rule(409, "not-a-reader", "It is restricted, and they are none of its readers; its owner can name them."),
    Rule(409, "declined-before", "They were asked and do not review this postmortem.", "to"),
    Rule(409, "reviewer-away", "They are away now; name somebody who is there.", "to"),
    Rule(409, "at-capacity", "They have as many open reviews as they take; name somebody else.", "to"),
    Rule(409, "no-awake-hours", "Before it is due they have too little of their working day left.", "to"),
    Rule(409, "learns-beside-another", "Who is learning reviews beside somebody experienced, and one at a time."),
    Rule(409, "too-many-reviewers", "10 people review it, which is the most."),
    Rule(409, "meeting-ended", "The meeting is over; put what was said into its notes."),
    Rule(409, "meeting-cancelled", "The meeting is cancelled and stays so."),
    Rule(409, "needed-there", "You are needed there (commander), so you stay on the invitation. Hand that over."),
    Rule(409, "not-scheduled", "The meeting is only tentative; it can end once the review is approved."),
    Rule(409, "not-approved", "There is no approved revision of this postmortem: submit it."),
    Rule(409, "list-of-the-policy", "The policy file has this list; take it out there."),
    Rule(409, "correction-open", "There is a correction already, revision 3; edit that."),
    Rule(409, "no-correction-open", "No correction of this postmortem is open; there is nothing to withdraw."),
    Rule(409, "correction-approved", "The correction is approved and goes out; correct what is wrong with it."),
    Rule(409, "published-text-not-kept", "It is older than withdrawing; put the text back by PATCH and submit that."),
    Rule(409, "not-published", "Nothing is published yet; edit the postmortem."),
    Rule(409, "imported", "The postmortem was imported from a file: change the file and import it again."),
    Rule(409, "merged", "Its incident is part of another postmortem; change that one."),
    Rule(409, "merged-into-itself", "A postmortem is about its own incident already; name another one."),
    Rule(409, "already-merged", "This incident is part of another postmortem; take it out of that one first."),
    Rule(409, "has-merged-incidents", "This postmortem is about several incidents itself; take them out first."),
    Rule(409, "approved-or-published", "What is approved or published stays a postmortem of its own."),
    Rule(409, "restricted-stays-out", "It is restricted, and digests go to everybody.", "postmortem_id"),
    Rule(409, "restricted-stays-alone", "A restricted postmortem is not merged, and takes no other incident."),
    Rule(409, "takes-no-incidents", "The postmortem is published; only what is still worked on takes an incident."),
    Rule(409, "not-merged", "This incident is no part of that postmortem."),
    Rule(409, "too-many-action-items", "The postmortem has 200 action items, which is the most."),
    Rule(409, "no-such-move", "An item that is done becomes open or in_progress, not wont_do.", "state"),
    Rule(412, "stale-revision", "If-Match names no revision that is current; read the postmortem again.", "If-Match"),
    Rule(422, "unknown-section", "There is no section 'impakt'; the template has impact.", "sections.impakt"),
    Rule(404, "unknown-remark", "Nothing of this id is remarked on the current revision."),
    Rule(409, "open-errors", "impact, line 3: A person or role is told to have failed.", "sections.impact"),
    Rule(422, "unknown-finding", "There is no such finding in the current revision.", "justifications.0.finding"),
    Rule(422, "secret-or-personal-data", "impact, line 3, column 14: this looks like GitHub Token.", "sections.impact"),
    Rule(412, "stale-version", "If-Match names no version that is current; read the action item again.", "If-Match"),
    Rule(422, "sections-missing", "Before a review these are to be written: Impact.", "sections.impact"),
    Rule(422, "name-taken", "The name `involved` stands for whoever took part in an incident.", "name"),
    Rule(422, "address-required", "In the mode `list` one mail goes to the list: say its `address`.", "address"),
    Rule(422, "address-is-member", "all@example.com is the list's own address; take it out.", "members.3"),
    Rule(422, "included-list-unknown", "There is no list 'serch': make it first, or take it out.", "includes.0"),
    Rule(422, "list-includes-itself", "a includes b includes a: a list cannot contain itself.", "includes.0"),
    Rule(422, "reason-required", "Say in `reason` why it will not be done.", "reason"),
    Rule(422, "reason-without-wont-do", "A `reason` is for what will not be done.", "reason"),
    Rule(422, "quote-not-found", "These words do not stand in that section of revision 2.", "comments.0.quote"),
    Rule(422, "checklist-incomplete", "An approval answers every question; still open: actions.", "checklist"),
    Rule(422, "comment-without-text", "A comment needs at least one entry in `comments`.", "comments"),
    Rule(422, "end-before-start", "`end` must be after `start`.", "end"),
    Rule(422, "in-the-past", "`start` has passed; choose a later time.", "start"),
    Rule(422, "too-long", "A meeting lasts at most 4 hours; end it sooner.", "end"),
    Rule(422, "too-large", "DraftRevised.v1 would have 5,000,000 bytes; 4,194,304 is the most; shorten the text."),
)
"""What the room refuses that owns the matter."""
ALL = (*AT_THE_DOOR, *OF_ROOMS)
RULES: dict[str, Rule] = {rule.key: rule for rule in ALL}
