"""Postmortems that there are not to be, or that are wanted after all: who decides, and what becomes of them. Pure.

The policy passes over what its rules do not want; the draft is written all the same, so that people see what was passed
over and can ask for it. People skip what is a draft already, with a reason.
"""

from __future__ import annotations

from datetime import datetime

from services.drafting.domain.deadlines import deadline_for
from services.drafting.domain.policy import Guidance
from services.drafting.domain.postmortem import MOVES, Act, Postmortem, State
from services.drafting.domain.records import Standing
from services.drafting.domain.text import IMPORTED, MERGED, unknown
from shared.contracts.commands import Actor, Role
from shared.contracts.decision import Decision, Kind, Reply, refuse
from shared.contracts.skipping import POLICY, PostmortemRequired, PostmortemSkipped, RequirePostmortem, SkipPostmortem

COMMANDER = "incident_commander"


def pass_over(postmortem: Postmortem, written: Postmortem, reason: str, now: datetime) -> Decision[Postmortem]:
    """The policy wants no postmortem; `written` is what there would be. Said again when the incident tells more."""
    is_same = postmortem.standing is not None and postmortem.standing.reason == reason
    standing = postmortem.standing if postmortem.standing and is_same else Standing(reason=reason, by=POLICY, at=now)
    passed = written.changed(
        state=MOVES.get((postmortem.state, Act.PASS_OVER), postmortem.state),
        toggles=postmortem.toggles + (postmortem.state is State.COLLECTING),
        standing=standing,
    )
    if postmortem.content_hash() != written.content_hash() or not postmortem.revision:
        passed = passed.next_revision(now, POLICY, reason)
    return Decision(state=passed, events=(_skipped(passed, standing),))


def still_passed_over(
    postmortem: Postmortem, standing: Standing, by: str, note: str, now: datetime
) -> Decision[Postmortem]:
    """It is by itself again, as the policy has left it: a new revision says so, since older ones are void."""
    again = postmortem.next_revision(now, by, note)
    return Decision(state=again, events=(_skipped(again, standing),))


def skip(postmortem: Postmortem | None, command: SkipPostmortem, now: datetime) -> Decision[Postmortem | None]:
    """There will be no postmortem, says its owner, the incident commander or an admin."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if not _may_skip(postmortem, command.actor):
        name = postmortem.owner.name if postmortem.owner else "its owner"
        text = f"Only {name}, who owns it, the incident commander or an admin skips a postmortem; tell them the reason."
        return refuse(postmortem, Kind.FORBIDDEN, "owner-or-admin-skips", text)
    if postmortem.merged_into or postmortem.imported:
        return Decision(state=postmortem, reply=Reply(refusal=MERGED if postmortem.merged_into else IMPORTED))
    if postmortem.published:
        text = "The postmortem is published, and what is published stays; correct it: POST to its `corrections`."
        return refuse(postmortem, Kind.CONFLICT, "already-published", text)
    if (postmortem.state, Act.SKIP) not in MOVES:
        text = "The postmortem is skipped already; it can be asked for: POST to its `require`."
        return refuse(postmortem, Kind.CONFLICT, "already-skipped", text)
    standing = Standing(reason=command.reason, by=command.actor.email, at=now)
    state, toggles = MOVES[postmortem.state, Act.SKIP], postmortem.toggles + 1
    skipped = postmortem.changed(state=state, toggles=toggles, standing=standing)
    return Decision(state=skipped, events=(_skipped(skipped, standing),), reply=_reply(skipped))


def require(
    postmortem: Postmortem | None, command: RequirePostmortem, guidance: Guidance, now: datetime
) -> Decision[Postmortem | None]:
    """Somebody wants what was skipped; anybody who may see it may ask for it."""
    if postmortem is None or postmortem.state is State.COLLECTING or postmortem.is_hidden_from(command.actor.email):
        return unknown(postmortem)
    if postmortem.merged_into:
        return Decision(state=postmortem, reply=Reply(refusal=MERGED))
    if (postmortem.state, Act.REQUIRE) not in MOVES:
        text = f"The postmortem is {postmortem.state.value}, and not skipped; there is nothing to ask for."
        return refuse(postmortem, Kind.CONFLICT, "not-skipped", text)
    decision = bring_back(postmortem, command.reason, command.actor.email, guidance, now)
    return Decision(state=decision.state, events=decision.events, reply=_reply(decision.state))


def bring_back(postmortem: Postmortem, reason: str, by: str, guidance: Guidance, now: datetime) -> Decision[Postmortem]:
    """What was skipped is a draft from now on, with a new revision: what was approved before was of another one.

    When a person asks for it, its deadline counts from now, since nobody could keep the one before.
    """
    wanted = postmortem.changed(
        state=MOVES[postmortem.state, Act.REQUIRE],
        toggles=postmortem.toggles + 1,
        opens_at=None,
        deadline=None,
        standing=Standing(reason=reason, by=by, at=now),
    )
    back = wanted.changed(deadline=deadline_for(wanted, guidance)).next_revision(now, by, reason)
    event = back.say(PostmortemRequired, reason=reason, required_by=by, required_at=now)
    return Decision(state=back, events=(event,))


def _may_skip(postmortem: Postmortem, actor: Actor) -> bool:
    commanders = {person.email for person in postmortem.people if person.role == COMMANDER}
    owner = {postmortem.owner.email} if postmortem.owner else set[str]()
    return actor.role is Role.ADMIN or actor.email in owner | commanders


def _skipped(postmortem: Postmortem, standing: Standing) -> PostmortemSkipped:
    return postmortem.say(PostmortemSkipped, reason=standing.reason, skipped_by=standing.by, skipped_at=standing.at)


def _reply(postmortem: Postmortem) -> Reply:
    return Reply(data={"revision": postmortem.revision, "status": postmortem.state.value})
