"""The mail of a notice: short, to one person, from no list, the same bytes however often it is sent."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from zoneinfo import ZoneInfo

from services.distribution.adapters.body import multipart
from services.distribution.adapters.characters import one_line, plain_line, short
from services.distribution.adapters.entry import LONGEST_TEXT, Entry, waiting
from services.distribution.adapters.invitation import invitation
from services.distribution.adapters.letter import Letterhead, address, headed, message_id
from services.distribution.adapters.rendering import Rendered, Renderer
from services.distribution.domain import UNTITLED, AddressNotice, Delivery, Fact, Gathered, Notice, by_urgency
from shared.contracts.meeting_notices import MeetingNotice, MeetingNoticeKind
from shared.contracts.notices import ReminderDue
from shared.contracts.review_notices import ReviewNotice

LONGEST_TITLE = 150
"""Characters of a title in a subject: what comes after it is still seen, and says how bad it was."""


class Zones:
    """In whose time people are told until when: their own zone if the policy knows it, else the organisation's."""

    def __init__(self, organisation: ZoneInfo, people: Mapping[str, ZoneInfo]) -> None:
        self.organisation = organisation
        self.people = people

    def tell(self, moment: datetime, email: str) -> str:
        """Return a time with its weekday and the name of its zone."""
        zone = self.people.get(email, self.organisation)
        return f"{moment.astimezone(zone):%A %Y-%m-%d %H:%M} ({zone.key})"


class NoticePress:
    """Prints notices with the words of `notices.toml`, one table a kind, in the one layout of them all."""

    def __init__(self, head: Letterhead, renderer: Renderer, zones: Zones) -> None:
        self.head = head
        self.renderer = renderer
        self.zones = zones
        self.words = renderer.templates.words
        self.plain = cache(renderer.environment.overlay(autoescape=False).from_string)
        """Compiles words, which takes longer than all else of a mail: each once, since they are those of a file."""

    def message_id(self, notice: Notice) -> str:
        """Return the Message-ID, the same for the same fact and recipient for ever."""
        return self._id(notice.id, notice)

    def mail(self, notice: Notice, delivery: Delivery, *, restricted: bool = False) -> bytes:
        """Return the bytes for the wire: 7-bit, the same for the same delivery for ever.

        Of what is `restricted` the subject tells nothing, and the body only the title.
        Raises: ValueError for an address that cannot be written.
        """
        fact, restricted = notice.fact, notice.is_of_report and (restricted or notice.fact.restricted)
        rendered = self.render(notice, restricted=restricted)
        calendar = invitation(fact, restricted=restricted) if isinstance(fact, MeetingNotice) else None
        head = self._head(rendered.subject, notice.at, delivery, self._thread(notice))
        return headed(head, multipart(rendered.text, rendered.html, delivery.id, calendar))

    def gathered_id(self, gathered: Gathered) -> str:
        """Return the Message-ID of a mail of several notices."""
        return message_id(self.head.domain, "gathered", gathered.id)

    def gathered_mail(self, gathered: Gathered, restricted: Container[str], delivery: Delivery) -> bytes:
        """Return the bytes of a mail of several notices, most urgent first.

        `restricted` are the ids of those that are told without a title: a list of several is read at a glance.
        Raises: ValueError for an address that cannot be written.
        """
        rendered = self.render_gathered(gathered, restricted)
        head = self._head(rendered.subject, gathered.at, delivery)
        return headed(head, multipart(rendered.text, rendered.html, delivery.id))

    def render_gathered(self, gathered: Gathered, restricted: Container[str]) -> Rendered:
        """Return subject, text and HTML of several notices; the same ones give the same."""
        ordered = sorted(gathered.notices, key=by_urgency)
        entries = [self._entry(each, restricted=each.fact.restricted or each.id in restricted) for each in ordered]
        values = {"entries": entries, "subject": waiting(len(entries)), "organisation": self.renderer.organisation}
        return Rendered(
            subject=f"[Postmortem] {values['subject']}",
            text=self._fill("gathered.txt", values),
            html=self.renderer.inliner.inline(self._fill("gathered.html", values)),
        )

    def _head(self, subject: str, at: datetime, delivery: Delivery, answers: str | None = None) -> dict[str, str]:
        head: dict[str, str] = {}
        head["Date"] = format_datetime(at)
        head["From"] = self.head.sender
        head["To"] = str(address(delivery.recipient))
        head["Reply-To"] = self.head.reply_to
        head["Subject"] = one_line(subject)
        head["Message-ID"] = delivery.message_id
        if answers:
            head["In-Reply-To"], head["References"] = answers, answers
        head["Auto-Submitted"] = "auto-generated"
        head["X-Auto-Response-Suppress"] = "All"
        return head

    def _entry(self, notice: Notice, *, restricted: bool) -> Entry:
        values = self._values(notice, restricted=restricted)
        words, fact = self.words[notice.kind], notice.fact
        about = self._heading(notice, self._said(words["subject"], values), restricted=restricted)
        item = fact.item.text if isinstance(fact, ReminderDue) and fact.item and not restricted else ""
        item = short(" ".join(item.split()), LONGEST_TEXT)
        until = f"{self._said(words['until'], values)}: {values['when']}" if notice.due else ""
        return Entry(about=one_line(about), item=one_line(item), until=until, url=str(values["url"]))

    def _id(self, fact: str, notice: Notice) -> str:
        return message_id(self.head.domain, "notice", fact, notice.recipient.email.lower())

    def _thread(self, notice: Notice) -> str | None:
        """Return what this mail answers (RFC 5322 section 3.6.4): the mail that gave it to the same person.

        Where there was none, reminders of one matter answer one id that no mail has; programs put them together by it.
        """
        if notice.follows:
            return self._id(notice.follows, notice)
        if notice.is_first:
            return None
        words = ("matter", notice.fact.postmortem_id, notice.matter, notice.recipient.email.lower())
        return message_id(self.head.domain, *words)

    def render(self, notice: Notice, *, restricted: bool) -> Rendered:
        """Return subject, text and HTML; the same notice gives the same."""
        values = self._values(notice, restricted=restricted)
        said = {name: self._said(words, values) for name, words in self.words[notice.kind].items()}
        values |= {**said, "steps": said["steps"].splitlines()}
        return Rendered(
            subject=f"[Postmortem] {self._heading(notice, said['subject'], restricted=restricted)}",
            text=self._fill("notice.txt", values),
            html=self.renderer.inliner.inline(self._fill("notice.html", values)),
        )

    def _values(self, notice: Notice, *, restricted: bool) -> dict[str, object]:
        """Return what the words are filled with. Of what is restricted nobody is told more than its title."""
        fact = notice.fact
        is_untitled = restricted and _is_untitled(fact)
        return {
            "fact": fact,
            "title": f"restricted report {fact.postmortem_id[:8]}" if is_untitled else plain_line(fact.title),
            "severity": _severity(fact),
            "when": self.zones.tell(notice.due, notice.recipient.email) if notice.due else "",
            "restricted": restricted,
            "untitled": is_untitled,
            "url": f"{self.renderer.public_url}/postmortems/{fact.postmortem_id}",
            "organisation": self.renderer.organisation,
            "minutes": _minutes(fact),
            **_listed(fact, untitled=is_untitled),
        }

    def _heading(self, notice: Notice, about: str, *, restricted: bool) -> str:
        """It is read over people's shoulders: of what is restricted it tells nothing."""
        if restricted:
            return f"{about}: restricted report {notice.fact.postmortem_id[:8]}"
        title, severity = short(notice.fact.title, LONGEST_TITLE), _severity(notice.fact)
        return f"{about}: {title} ({severity})" if severity else f"{about}: {title}"

    def _said(self, words: str, values: Mapping[str, object]) -> str:
        return self.plain(words).render(values).strip()

    def _fill(self, name: str, values: Mapping[str, object]) -> str:
        return self.renderer.environment.get_template(name).render(values)


def _severity(fact: Fact) -> str:
    return "" if isinstance(fact, AddressNotice) else fact.severity.value.upper()


def _minutes(fact: Fact) -> int:
    return (fact.end - fact.start) // timedelta(minutes=1) if isinstance(fact, MeetingNotice) else 0


def _is_untitled(fact: Fact) -> bool:
    """Say whether, of what is restricted, somebody gets this who need not be named in it."""
    if isinstance(fact, MeetingNotice):
        return fact.kind is MeetingNoticeKind.CANCELLED
    return isinstance(fact, ReviewNotice) and fact.kind in UNTITLED


def _listed(fact: Fact, *, untitled: bool) -> dict[str, object]:
    """Return what a notice of review lists: its reasons, titles of sections, and how many remarks there are."""
    if not isinstance(fact, ReviewNotice):
        return {"reasons": "", "sections": (), "counts": "", "where": ""}
    return {
        "reasons": "" if untitled else " ".join(map(one_line, fact.why)),
        "sections": () if untitled else tuple(map(one_line, fact.sections)),
        "counts": ", ".join(f"{one_line(name)}: {number}" for name, number in fact.counts.items()),
        "where": "",
    }
