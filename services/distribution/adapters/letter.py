"""The bytes of a mail: one body a publication, one head a person, the same bytes however often it is sent."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import lru_cache

from services.distribution.adapters.body import multipart
from services.distribution.adapters.characters import CONTROL, IN_A_SUBJECT, one_line
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.wire import WHOLE, WIRE
from services.distribution.domain import Delivery, Publication
from shared.contracts.links import UnsubscribeLinks

KEPT_BODIES = 32
THREAD = 3
PIECE = 60
"""Characters of a link in one line of a body: with its soft line break well under the 76 of quoted-printable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Whom mail comes from; `domain` is the right side of message ids and list ids."""

    name: str
    email: str
    reply_to: str
    domain: str

    @property
    def sender(self) -> str:
        """Return whom a mail is from, as its header has it."""
        return _sender(self.name, self.email)


@lru_cache(maxsize=8)
def _sender(name: str, email: str) -> str:
    return str(Address(one_line(name), addr_spec=email))


@lru_cache(maxsize=1024)
def address(recipient: str) -> Address:
    """Return the recipient's address, as headers that every mail server takes can have it: in ASCII.

    Raises: ValueError for one that has no such form, also where the library has an error of its own.
    """
    local, _, domain = recipient.rpartition("@")
    if not local.isascii():
        msg = f"{recipient!r} needs SMTPUTF8 (RFC 6531), which mails of this room never do; give an address in ASCII"
        raise ValueError(msg)
    try:
        return Address(addr_spec=recipient if domain.isascii() else f"{local}@{domain.encode('idna').decode()}")
    except MessageError as error:
        msg = f"{recipient!r} is no address"
        raise ValueError(msg) from error


def message_id(domain: str, *words: str) -> str:
    """Return a Message-ID that follows from these words, the same for ever (RFC 5322 section 3.6.4)."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return f"<{base64.b32encode(digest[:20]).decode().lower()}@{domain}>"


def joined(head: EmailMessage, body: bytes) -> bytes:
    """Return a whole mail; the body brings headers of its own."""
    return head.as_bytes(policy=WIRE).rstrip(b"\r\n") + b"\r\n" + body


def headed(head: Mapping[str, str], body: bytes) -> bytes:
    """Return a whole mail, as `joined` does, for heads of which most lines are those of many mails."""
    return b"".join(_line(name, value) for name, value in head.items()) + body


def _line(name: str, value: str) -> bytes:
    """Return a header's lines. Raises: ValueError for one that would be two headers."""
    if name.lower() in WHOLE and not CONTROL.search(value) and value.isascii():
        return f"{name}: {value}\r\n".encode()
    return _folded(name, value)


@lru_cache(maxsize=256)
def _folded(name: str, value: str) -> bytes:
    """Fold a header; to parse it takes the library a tenth of a millisecond, and a mail has a dozen."""
    head = EmailMessage(policy=WIRE)
    head[name] = value
    return head.as_bytes(policy=WIRE).rstrip(b"\r\n") + b"\r\n"


def _place(delivery: Delivery) -> str:
    """Where a person's link will stand in a body: short enough to stand in one line, and in no text by chance."""
    return "u" + hashlib.sha256(f"{delivery.postmortem_id} {delivery.revision}".encode()).hexdigest()[:20]


def _softly(url: str) -> bytes:
    """Return a link in quoted-printable, between soft line breaks and broken by them."""
    pieces = (url[start : start + PIECE].replace("=", "=3D") for start in range(0, len(url), PIECE))
    return "".join(("=\r\n", *(f"{piece}=\r\n" for piece in pieces))).encode("ascii")


Key = tuple[str, int, str]
"""Of which postmortem and revision a body is, and to which list if one mail goes to all of it."""


class LetterPress:
    """Prints mails; the newest bodies are kept, since a publication goes to many."""

    def __init__(
        self, head: Letterhead, renderer: Renderer, titles: Mapping[str, str], links: UnsubscribeLinks | None = None
    ) -> None:
        self.head = head
        self.renderer = renderer
        self.titles = titles
        self.links = links
        self._bodies: OrderedDict[Key, tuple[str, bytes]] = OrderedDict()

    def message_id(self, postmortem_id: str, revision: int, recipient: str) -> str:
        """Return the Message-ID, the same for the same mail for ever (RFC 5322 section 3.6.4)."""
        return message_id(self.head.domain, "report", postmortem_id, str(revision), recipient.lower())

    def mail(self, publication: Publication, delivery: Delivery) -> bytes:
        """Return the bytes for the wire: 7-bit, the same for the same delivery for ever."""
        edition, report = publication.edition, publication.approved
        if edition is None or report is None:
            msg = "only what is published is printed"
            raise ValueError(msg)
        subject, body = self._body(publication, delivery)
        title = edition.titles.get(delivery.list) or self.titles.get(delivery.list, delivery.list)
        head: dict[str, str] = {}
        head["Date"] = format_datetime(edition.published_at)
        head["From"] = self.head.sender
        head["To"] = str(address(delivery.to or delivery.recipient))
        head["Reply-To"] = self.head.reply_to
        head["Subject"] = subject
        head["Message-ID"] = delivery.message_id
        if corrected := self._before(publication, delivery):
            head["In-Reply-To"], head["References"] = corrected[-1], " ".join(corrected)
        head["List-Id"] = self._list_id(delivery.list, title)
        head["List-Post"] = "NO"
        if self.links and not delivery.to:
            url = f"{self.renderer.public_url}/unsubscribe/{self.links.token(delivery.list, delivery.recipient)}"
            head["List-Unsubscribe"] = f"<{url}>"
            head["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            body = body.replace(_place(delivery).encode(), _softly(url))
        head["Auto-Submitted"] = "auto-generated"
        head["Precedence"] = "list"
        head["X-Auto-Response-Suppress"] = "All"
        return headed(head, body)

    def _before(self, publication: Publication, delivery: Delivery) -> list[str]:
        """Return the ids of the mails that this one corrects, as far as this person got them (RFC 5322 section 3.6.4).

        Of many the first and the last two: they keep a thread together, and a line has its bound.
        """
        found = delivery.thread if delivery.thread is not None else self._told(publication, delivery)
        return [*found] if len(found) <= THREAD else [found[0], *found[1 - THREAD :]]

    def _told(self, publication: Publication, delivery: Delivery) -> Sequence[str]:
        """Of a row that does not tell what it answers: such a one is of when editions knew their recipients."""
        return [
            self.message_id(delivery.postmortem_id, issue.edition.revision, delivery.recipient)
            for issue in publication.earlier
            if any(recipient.email == delivery.recipient for recipient in issue.edition.recipients)
        ]

    def _list_id(self, name: str, title: str) -> str:
        """RFC 2919: a title in quotes, then the list's name under our domain."""
        title = one_line(title).replace('"', "").replace("\\", "")[:IN_A_SUBJECT]
        label = re.sub(r"[^a-z0-9-]+", "-", name.lower())
        return f'"{title.encode("ascii", "replace").decode()}" <{label}.{self.head.domain}>'

    def _body(self, publication: Publication, delivery: Delivery) -> tuple[str, bytes]:
        key = (delivery.postmortem_id, delivery.revision, delivery.to)
        if key not in self._bodies:
            self._bodies[key] = self._print(publication, delivery, key)
            if len(self._bodies) > KEPT_BODIES:
                self._bodies.popitem(last=False)
        return self._bodies[key]

    def _print(self, publication: Publication, delivery: Delivery, key: Key) -> tuple[str, bytes]:
        """Build the body once.

        Each person's own link is put into its place later: to print whole bodies would take much longer.
        """
        if publication.approved is None or publication.edition is None:
            msg = "only what is published is printed"
            raise ValueError(msg)
        place = _place(delivery) if self.links and not delivery.to else None
        edition = publication.edition
        rendered = self.renderer.render(
            publication.approved, place, restricted=edition.restricted, changes=edition.changes
        )
        cause = repr(key if delivery.to else key[:2])
        return one_line(rendered.subject)[:250], multipart(rendered.text, rendered.html, cause, file=rendered.file)
