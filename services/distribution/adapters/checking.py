"""Templates of an organisation are tried out as a whole, on made-up reports and notices, before any mail is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from services.distribution.adapters.letter import Letterhead
from services.distribution.adapters.notice import NoticePress, Zones
from services.distribution.adapters.rendering import Rendered, Renderer
from services.distribution.adapters.samples import NOTICES, REPORTS
from services.distribution.adapters.templates import BadTemplate, Templates, wrong
from services.distribution.domain import Gathered
from services.distribution.domain.form import FileKind, ReportForm

T = TypeVar("T")
HEAD = Letterhead(name="Sample", email="sample@example.com", reply_to="sample@example.com", domain="example.com")
NAME = "Sample"
URL = "https://afterword.example.com"
LINK = "https://afterword.example.com/unsubscribe/sample"
"""A link that every mail of a list has to show."""


def check(templates: Templates) -> None:
    """Make every kind of mail of made-up facts. Raises: BadTemplate with the file and the line of the first error."""
    for name in (each for each in templates.files if each.endswith((".html", ".txt", ".md"))):
        _tried(name, partial(templates.environment.get_template, name))
    for form in ReportForm:
        for kind in FileKind:
            _check_reports(Renderer(NAME, URL, templates, form, kind))
    _check_notices(templates)


def _check_reports(renderer: Renderer) -> None:
    for report in REPORTS:
        for restricted in (False, True):
            mail = _tried("body.html", partial(renderer.render, report, LINK, restricted=restricted))
            _look(mail, "body")
            for name, part in (("body.txt", mail.text), ("body.html", mail.html)):
                if LINK not in part:
                    raise BadTemplate(f"{name}: write {{{{ unsubscribe }}}} somewhere: people may leave a list")


def _check_notices(templates: Templates) -> None:
    press = NoticePress(HEAD, Renderer(NAME, URL, templates), Zones(ZoneInfo("UTC"), {}))
    for kind, words in templates.words.items():
        for name, text in words.items():
            _tried(f"notices.toml, {kind}.{name}", partial(press.plain, text))
    for notice in NOTICES:
        for restricted in (False, True):
            mail = _tried(f"notices.toml, {notice.kind}", partial(press.render, notice, restricted=restricted))
            _look(mail, "notice")
    together = partial(press.render_gathered, Gathered(id="sample", at=NOTICES[0].at, notices=NOTICES), ())
    _look(_tried("gathered.html", together), "gathered")


def _look(mail: Rendered, name: str) -> None:
    for file, part in (("subject", mail.subject), (f"{name}.txt", mail.text), (f"{name}.html", mail.html)):
        if not part.strip():
            raise BadTemplate(f"{file}: nothing comes out of it")


def _tried(where: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except Exception as error:  # what an expression of a template raises is not known
        raise wrong(error, where) from error
