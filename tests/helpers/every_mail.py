"""A mail of every kind that is made, of texts that are hard to show: wide, long, foreign."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from services.distribution.adapters.digest import DigestPress
from services.distribution.adapters.letter import Letterhead, LetterPress
from services.distribution.adapters.notice import NoticePress, Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.samples import NOTICES
from services.distribution.adapters.templates import Templates
from services.distribution.domain import Gathered, Publication
from services.distribution.domain.form import FileKind, ReportForm
from services.distribution.domain.gathered import URGENCY
from shared.contracts.links import UnsubscribeLinks
from tests.unit.distribution.fakes import a_notice_row, a_row, published
from tests.unit.distribution.test_digest_letter import a_digest, a_digest_row

HEAD = Letterhead(
    name="Störungsberichte", email="postmortems@example.com", reply_to="sre@example.com", domain="mail.example.com"
)
ORGANISATION, URL = "Exämple Inc.", "https://afterword.example.com"
LINKS = UnsubscribeLinks.of("a secret key for tests, long enough")
TEMPLATES = Templates()
LONG = "https://graphs.example.com/d/" + "checkout-latency-by-region-and-tenant/" * 6
REPORT = {
    "overview": "On **2 March** checkout answered slowly for 46 minutes. About 3 % of orders failed; none was lost.\n\n"
    "The pool of database connections was exhausted after a deploy halved its size.",
    "timeline": "| when (UTC) | what | who | seen in |\n|:--|:--|:--|--:|\n"
    f"| 10:02 | Latency of checkout above 2 s | Ada Moreno | [graph]({LONG}) |\n"
    f"| 10:09 | `PoolExhaustedException` in {LONG} | Ben Okafor | 1,204 |\n| 10:48 | Resolved | Chen Li | 0 |",
    "root_causes": "1. The size was set in *two* places.\n2. The deploy changed one.\n\n   - and nobody was told\n"
    "   - see `/etc/checkout/pool/settings/production/eu-central-1/very/long/path/to/some/file/pool-size.toml`\n\n"
    "> It worked on my machine: because there it had the other size.",
    "wide": "|" + " a column |" * 12 + "\n|" + "---|" * 12 + "\n|" + " 12,345 |" * 12,
    "commands": "```\nkubectl --context production --namespace checkout get pods --selector app=checkout -o jsonpath="
    "'{.items[*].status.containerStatuses[*].restartCount}'\n```\n\n    indented code\n\n---\n\n" + "x" * 300,
    "images": f"![Latency of checkout]({LONG}latency.png)\n\n### More\n\nקבוצת החיבורים הייתה מלאה.\n\n"  # noqa: RUF001 - from right to left
    "データベースが新しい接続を拒否しました。",
    "external_message": "Between 10:02 and 10:48 UTC **checkout was slow**. We are sorry.",
}


def a_report(**fields: object) -> Publication:
    """Return a publication of a text that is hard to show."""
    given = {"title": "Checkout answers slowly: Größe 🧯 of the pool", "report": REPORT, "services": ("checkout", "db")}
    return published("a@example.com", **(given | fields))


def _printed(publication: Publication, form: ReportForm, file: FileKind = FileKind.HTML, **row: Any) -> bytes:
    press = LetterPress(HEAD, Renderer(ORGANISATION, URL, TEMPLATES, form, file), {"everyone": "Everyone"}, LINKS)
    return press.mail(publication, a_row(message_id=press.message_id("x", 2, "a@example.com"), **row))


def _changed(publication: Publication, **fields: object) -> Publication:
    assert publication.edition
    return publication.changed(edition=publication.edition.model_copy(update=fields))


def every_report() -> dict[str, bytes]:
    """Return a mail of every form that a report may have."""
    note = "The pool was exhausted at 10:02, not at 10:20."
    correction = _changed(a_report(correction_of=1, correction_note=note), changes=("Timeline", "Root causes"))
    restricted = _changed(a_report(), restricted=True)
    return {
        "report": _printed(a_report(), ReportForm.WHOLE),
        "report-correction": _printed(
            correction, ReportForm.WHOLE, thread=("<first@example.com>", "<next@example.com>")
        ),
        "report-list": _printed(a_report(), ReportForm.WHOLE, to="everyone@lists.example.com"),
        "report-restricted": _printed(restricted, ReportForm.WHOLE),
        "report-attached": _printed(a_report(), ReportForm.ATTACHED),
        "report-attached-markdown": _printed(restricted, ReportForm.ATTACHED, FileKind.MARKDOWN),
        "report-link": _printed(correction, ReportForm.LINK),
        "report-link-restricted": _printed(restricted, ReportForm.LINK),
    }


def every_notice() -> dict[str, bytes]:
    """Return a mail of every kind of notice, open and restricted."""
    press = NoticePress(HEAD, Renderer(ORGANISATION, URL, TEMPLATES), Zones(ZoneInfo("Europe/Berlin"), {}))
    return {
        f"notice-{notice.kind}-{notice.id}{'-restricted' if restricted else ''}": press.mail(
            notice, a_notice_row(notice), restricted=restricted
        )
        for notice in NOTICES
        for restricted in (False, True)
    }


def every_gathering() -> dict[str, bytes]:
    """Return mails of several notices, open and restricted."""
    press = NoticePress(HEAD, Renderer(ORGANISATION, URL, TEMPLATES), Zones(ZoneInfo("Europe/Berlin"), {}))
    kept = tuple(notice for notice in NOTICES if URGENCY.get(notice.kind) is not None)
    gathered = Gathered(id="3f2504e0-4f89-51d3-9a0c-0305e82c3301", at=NOTICES[0].at, notices=kept)
    row = a_row(revision=0, list="", message_id=press.gathered_id(gathered), gathered=gathered)
    hidden = {"gathered": frozenset[str](), "gathered-restricted": frozenset(notice.id for notice in kept)}
    return {name: press.gathered_mail(gathered, restricted, row) for name, restricted in hidden.items()}


def every_mail() -> dict[str, bytes]:
    """Return a mail of every kind, by name."""
    press = DigestPress(HEAD, Renderer(ORGANISATION, URL, TEMPLATES), ZoneInfo("Europe/Berlin"), LINKS)
    return every_report() | every_notice() | every_gathering() | {"digest": press.mail(a_digest(), a_digest_row())}
