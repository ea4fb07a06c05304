"""How somebody wants reports: each at once, a digest a week, or none. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.distribution.domain.audience import Recipient
from shared.contracts.commands import Role
from shared.contracts.decision import Decision, Kind, Reply, refuse
from shared.contracts.lists import subscription_id
from shared.contracts.mail_preferences import ChangeMailPreference, Reports, ShowMailPreference, preference_id


class MailPreference(BaseModel):
    """What one person chose; `since` is when this was last changed.

    A link that was clicked tells no address: `email` is known of whoever chose by name, and so of all who want digests.
    `digest_by_list`: whether they take a digest because a list names them.
    """

    model_config = ConfigDict(frozen=True)

    email: str | None = None
    reports: Reports = Reports.IMMEDIATE
    digest_by_list: bool = True
    since: datetime

    @property
    def chose_digest(self) -> bool:
        """Say whether they asked for the digest."""
        return self.reports is Reports.DIGEST

    @property
    def takes_digest(self) -> bool:
        """Say whether a digest that is on its way to them is welcome."""
        return self.chose_digest or (self.reports is Reports.IMMEDIATE and self.digest_by_list)


def change_preference(
    known: MailPreference | None, command: ChangeMailPreference, now: datetime
) -> Decision[MailPreference | None]:
    """Choose; people for themselves, an admin for anybody."""
    if not _may(command):
        return _refused(known)
    chosen = MailPreference(
        email=command.email, reports=command.reports, digest_by_list=command.digest_by_list, since=now
    )
    if known and known.model_copy(update={"since": now}) == chosen:
        return Decision(state=known, reply=_shown(known))
    return Decision(state=chosen, reply=_shown(chosen))


def show_preference(known: MailPreference | None, command: ShowMailPreference) -> Decision[MailPreference | None]:
    """Tell what was chosen; to the person, or to an admin."""
    return Decision(state=known, reply=_shown(known)) if _may(command) else _refused(known)


def leave_digest(known: MailPreference | None, now: datetime) -> Decision[MailPreference]:
    """Send no more digests to whoever holds the link of one.

    Who had chosen it gets nothing any more. To whom only a list brought it, reports go as before.
    """
    before = known or MailPreference(since=now)
    if not before.takes_digest:
        return Decision(state=before)
    changed = {"reports": Reports.NONE} if before.chose_digest else {"digest_by_list": False}
    return Decision(state=before.model_copy(update={**changed, "since": now}))


def heard_at_once(recipients: Iterable[Recipient], quiet: Container[str], *, restricted: bool) -> tuple[Recipient, ...]:
    """Return who of these gets a report at once: all but who chose otherwise, whose ids are in `quiet`.

    No digest tells of a restricted report, so that one goes to all whom it names.
    """
    return tuple(each for each in recipients if restricted or preference_id(each.email) not in quiet)


def readers(
    named: Iterable[tuple[str, str]], chosen: Iterable[str], declined: Container[str], unsubscribed: Container[str]
) -> tuple[str, ...]:
    """Return who gets a digest: who chose it, and whom lists name, each once, in the order of their addresses.

    `named` are lists and addresses that they name. `declined` has the ids of those who want none by a list,
    `unsubscribed` those of subscriptions that are no more.
    """
    by_list = {
        email.lower()
        for name, email in named
        if preference_id(email) not in declined and subscription_id(name, email) not in unsubscribed
    }
    return tuple(sorted(by_list | {email.lower() for email in chosen}))


def _may(command: ChangeMailPreference | ShowMailPreference) -> bool:
    return command.actor.role is Role.ADMIN or command.actor.email == command.email


def _refused(known: MailPreference | None) -> Decision[MailPreference | None]:
    text = "People choose for themselves which mail they get; an admin chooses for anybody."
    return refuse(known, Kind.FORBIDDEN, "own-preference-or-admin", text)


def _shown(known: MailPreference | None) -> Reply:
    if known is None:
        return Reply(data={"reports": Reports.IMMEDIATE.value, "digest_by_list": True, "since": None})
    fields = {"reports", "digest_by_list", "since"}
    return Reply(data=known.model_dump(mode="json", include=fields))
