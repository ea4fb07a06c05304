"""Which reports somebody gets: whose word counts, what a link does, and who is left out of an audience."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from services.distribution import domain
from services.distribution.domain import INVOLVED
from services.distribution.domain.preferences import (
    MailPreference,
    change_preference,
    heard_at_once,
    leave_digest,
    readers,
    show_preference,
)
from shared.contracts.commands import Role
from shared.contracts.decision import Decision
from shared.contracts.lists import subscription_id
from shared.contracts.mail_preferences import ChangeMailPreference, Reports, ShowMailPreference, preference_id
from tests.helpers.builders import NOW, an_actor
from tests.unit.distribution.fakes import TERMS, a_command, approved, published
from tests.unit.distribution.test_handlers import Room

A = "a@example.com"
LATER = NOW + timedelta(days=1)
DIGEST = MailPreference(email=A, reports=Reports.DIGEST, since=NOW)


def change(
    before: MailPreference | None, reports: Reports, who: str = A, role: Role = Role.ENGINEER, by_list: bool = True
) -> Decision[MailPreference | None]:
    command = ChangeMailPreference(actor=an_actor(who, role), email=A, reports=reports, digest_by_list=by_list)
    return change_preference(before, command, LATER)


@pytest.mark.parametrize(("reports", "by_list"), [*product(Reports, (True, False))])
def test_a_choice_replaces_what_was_chosen_before(reports: Reports, by_list: bool) -> None:
    for before in (None, DIGEST, DIGEST.model_copy(update={"digest_by_list": False})):
        decision = change(before, reports, by_list=by_list)
        assert decision.state
        assert (decision.state.reports, decision.state.digest_by_list) == (reports, by_list)
        assert decision.reply
        assert decision.reply.data["reports"] == reports.value


def test_the_same_choice_again_changes_nothing_not_even_the_time() -> None:
    assert change(DIGEST, Reports.DIGEST).state is DIGEST


@pytest.mark.parametrize(("role", "own"), [*product(Role, (True, False))])
def test_people_see_and_change_their_own_and_an_admin_anybody_s(role: Role, own: bool) -> None:
    who = A if own else "b@example.com"
    shown = show_preference(DIGEST, ShowMailPreference(actor=an_actor(who, role), email=A))
    for decision in (shown, change(DIGEST, Reports.NONE, who, role)):
        assert decision.reply
        refused = decision.reply.refusal.rule if decision.reply.refusal else None
        assert refused == (None if own or role is Role.ADMIN else "own-preference-or-admin")


@pytest.mark.parametrize(
    ("before", "reports", "by_list", "takes"),
    [
        (None, Reports.IMMEDIATE, False, False),
        (MailPreference(since=NOW), Reports.IMMEDIATE, False, False),
        (DIGEST, Reports.NONE, True, False),
        (MailPreference(email=A, reports=Reports.NONE, since=NOW), Reports.NONE, True, False),
    ],
)
def test_the_link_of_a_digest_ends_it_and_leaves_reports_to_who_only_got_it_by_a_list(
    before: MailPreference | None, reports: Reports, by_list: bool, takes: bool
) -> None:
    after = leave_digest(before, LATER).state
    assert (after.reports, after.digest_by_list, after.takes_digest) == (reports, by_list, takes)
    assert leave_digest(after, LATER + timedelta(days=1)).state is after


def test_who_chose_otherwise_is_left_out_but_of_what_is_restricted() -> None:
    recipients = domain.audience(TERMS.lists, approved(), domain.Circle())
    quiet = {preference_id("A@example.com"), preference_id("owner@example.com")}
    heard = heard_at_once(recipients, quiet, restricted=False)
    assert {each.email for each in recipients} - {each.email for each in heard} == {A, "owner@example.com"}
    assert heard_at_once(recipients, quiet, restricted=True) == recipients


def test_a_digest_goes_to_who_chose_it_and_to_members_each_once() -> None:
    named = [("x", f"{name}@example.com") for name in "abc"] + [("y", f"{name}@example.com") for name in "Cde"]
    gone = {subscription_id("x", "c@example.com"), subscription_id("y", "d@example.com")}
    declined = {preference_id("e@example.com")}
    found = readers(named, ["z@example.com", A], declined, gone)
    assert found == (A, "b@example.com", "c@example.com", "z@example.com"), "c by the other list"


@pytest.mark.parametrize("reports", [Reports.DIGEST, Reports.NONE])
async def test_who_wants_no_report_at_once_gets_no_row_and_a_correction_neither(reports: Reports) -> None:
    room = Room()
    await room.hear(ChangeMailPreference(actor=an_actor(A), email=A, reports=reports))
    await room.hear(approved())
    await room.hear(a_command())
    state = room.documents.states[approved().postmortem_id]
    assert state.edition
    assert A not in {each.email for each in state.edition.recipients}
    corrected = domain.hear_approval(
        published(A, "b@example.com"),
        approved(3, correction_of=2),
        domain.Terms((), timedelta(0), quiet=await room.sharing.preferences.quiet()),
        NOW,
    ).state
    assert corrected.edition
    assert A not in {each.email for each in corrected.edition.recipients}
    assert INVOLVED in {each.list for each in corrected.edition.recipients}


async def test_a_choice_is_shown_and_asking_leaves_nothing_behind() -> None:
    room = Room()
    show = ShowMailPreference(actor=an_actor(A), email=A)
    assert (await room.hear(show)).data == {"reports": "immediate", "digest_by_list": True, "since": None}
    assert room.sharing.preferences.states == {}
    await room.hear(ChangeMailPreference(actor=an_actor(A), email=A, reports=Reports.DIGEST))
    assert (await room.hear(show, "again")).data["reports"] == "digest"
    refused = await room.hear(ChangeMailPreference(actor=an_actor("b@example.com"), email=A, reports=Reports.NONE))
    assert refused.refusal.rule == "own-preference-or-admin"
    assert room.sharing.preferences.states[preference_id(A)].reports is Reports.DIGEST
