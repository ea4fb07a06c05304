"""The mail of a weekly digest: text and HTML of its own, a list of its own, and one link to have no more of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from services.distribution.adapters.body import multipart
from services.distribution.adapters.characters import one_line, short
from services.distribution.adapters.letter import Letterhead, address, joined, message_id
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.wire import WIRE
from services.distribution.domain import Delivery, Outcome, Result
from services.distribution.domain.digest.digest import Digest, Entry
from services.distribution.domain.digest.plan import LATEST
from services.distribution.domain.preferences import MailPreference
from services.distribution.ports import Briefs, DigestPrinter
from shared.clock import Clock
from shared.contracts.links import UnsubscribeLinks
from shared.contracts.mail_preferences import WEEKLY_DIGEST, preference_id

PLACE = "afterword-unsubscribe-link"
"""Where a person's link will stand: what is printed is kept, since a digest goes to many."""
SHORT = 200
"""Characters of a title or of words in one line of a digest."""


class DigestPress:
    """Prints digests; times are told in the organisation's zone, so that all get the same."""

    def __init__(
        self, head: Letterhead, renderer: Renderer, zone: ZoneInfo, links: UnsubscribeLinks | None = None
    ) -> None:
        self.head = head
        self.renderer = renderer
        self.zone = zone
        self.links = links
        self._kept: tuple[Digest, str, str] | None = None

    def message_id(self, week: str, recipient: str) -> str:
        """Return the Message-ID, the same for the same week and recipient for ever."""
        return message_id(self.head.domain, "digest", week, recipient.lower())

    def mail(self, digest: Digest, delivery: Delivery) -> bytes:
        """Return the bytes for the wire: 7-bit, the same for the same digest and delivery for ever.

        Raises: ValueError for an address that cannot be written.
        """
        url = self._link(delivery.recipient)
        text, html = (part.replace(PLACE, url) for part in self._printed(digest))
        head = EmailMessage(policy=WIRE)
        head["Date"] = format_datetime(digest.until)
        head["From"] = Address(one_line(self.head.name), addr_spec=self.head.email)
        head["To"] = address(delivery.recipient)
        head["Reply-To"] = self.head.reply_to
        head["Subject"] = self._subject(digest)
        head["Message-ID"] = delivery.message_id
        head["List-Id"] = f'"Weekly digest of postmortems" <weekly-digest.{self.head.domain}>'
        head["List-Post"] = "NO"
        if url:
            head["List-Unsubscribe"] = f"<{url}>"
            head["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        head["Auto-Submitted"] = "auto-generated"
        head["Precedence"] = "list"
        head["X-Auto-Response-Suppress"] = "All"
        return joined(head, multipart(text, html, delivery.id))

    def _link(self, recipient: str) -> str:
        token = self.links.token(WEEKLY_DIGEST, recipient) if self.links else None
        return f"{self.renderer.public_url}/unsubscribe/{token}" if token else ""

    def _subject(self, digest: Digest) -> str:
        """Tell what there is, in numbers: titles are for who opens it."""
        counts = ((word, len(getattr(digest, name)) + digest.left_out.get(name, 0)) for name, word in NUMBERED)
        numbers = [f"{count} {word}" for word, count in counts if count]
        return f"[Postmortems] Week {digest.week[-2:]}" + (f": {', '.join(numbers)}" if numbers else "")

    def _printed(self, digest: Digest) -> tuple[str, str]:
        if self._kept is None or self._kept[0] != digest:
            values = self._values(digest)
            html = self.renderer.inliner.inline(self._fill("digest.html", values))
            self._kept = (digest, self._fill("digest.txt", values), html)
        return self._kept[1:]

    def _values(self, digest: Digest) -> dict[str, object]:
        chosen = digest.of_the_month
        return {
            "digest": digest,
            "subject": self._subject(digest),
            "sections": [
                (heading, [self._line(entry, form) for entry in entries], digest.left_out.get(name, 0))
                for name, heading, form in SECTIONS
                if (entries := getattr(digest, name))
            ],
            "of_the_month": self._line(chosen, DAY) if chosen else None,
            "month": _month(digest.month),
            "since": self._tell(digest.since, DAY),
            "until": self._tell(digest.until, DAY),
            "zone": self.zone.key,
            "organisation": self.renderer.organisation,
            "unsubscribe": PLACE if self.links else None,
        }

    def _line(self, entry: Entry, form: str) -> dict[str, str]:
        return {
            "title": _short(entry.title),
            "severity": entry.severity.value.upper() if entry.severity else "",
            "when": self._tell(entry.at, form),
            "who": one_line(entry.who),
            "words": _short(entry.words),
            "url": f"{self.renderer.public_url}/postmortems/{entry.postmortem_id}",
        }

    def _tell(self, moment: datetime, form: str) -> str:
        return moment.astimezone(self.zone).strftime(form)

    def _fill(self, name: str, values: dict[str, object]) -> str:
        return self.renderer.environment.get_template(name).render(values)


DAY, DUE, HOUR = "%Y-%m-%d", "was due %Y-%m-%d", "%A %Y-%m-%d %H:%M"
NUMBERED = (("published", "new"), ("corrected", "corrected"), ("overdue", "overdue"))
SECTIONS = (
    ("published", "New reports", DAY),
    ("corrected", "Corrected", DAY),
    ("meetings", "Meetings to come", HOUR),
    ("overdue", "Overdue action items", DUE),
    ("anniversaries", "A year ago this week", DAY),
)


class DigestWriting:
    """Writes the mail of a digest's row, unless it is not wanted any more or may not be told."""

    def __init__(
        self,
        *,
        read: Callable[[str], Awaitable[Digest | None]],
        preference: Callable[[str], Awaitable[MailPreference | None]],
        briefs: Briefs,
        printer: DigestPrinter,
        clock: Clock,
    ) -> None:
        self.read = read
        self.preference = preference
        self.briefs = briefs
        self.printer = printer
        self.clock = clock
        self._kept: tuple[str, Digest] | None = None

    async def write(self, row: Delivery) -> bytes | Result:
        """Return the bytes of a row's mail, or that there is none. Raises: LookupError for an unknown digest."""
        digest = await self._digest(row.postmortem_id)
        if self.clock.now() - digest.until > LATEST:
            return Result(Outcome.FAILED, "not sent: given up after two days")
        known = await self.preference(preference_id(row.recipient))
        if known and not known.takes_digest:
            return Result(Outcome.SUPPRESSED, "not sent: this person wants no digest any more")
        told = digest.without(await self._hidden(digest.entries))
        if not told.entries:
            return Result(Outcome.FAILED, "not sent: all that it told of was restricted since")
        return self.printer.mail(told, row)

    async def _digest(self, key: str) -> Digest:
        """Return the digest; what it tells never changes, so that it is read once for all its mails."""
        if self._kept is None or self._kept[0] != key:
            found = await self.read(key)
            if found is None:
                raise LookupError(key)
            self._kept = (key, found)
        return self._kept[1]

    async def _hidden(self, entries: Collection[Entry]) -> frozenset[str]:
        return await self.briefs.restricted({entry.postmortem_id for entry in entries})


def _short(text: str) -> str:
    return short(" ".join(one_line(text).split()), SHORT)


def _month(month: str | None) -> str:
    return f"{date.fromisoformat(f'{month}-01'):%B %Y}" if month else ""
