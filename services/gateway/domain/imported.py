"""A document as it was exported, and maybe edited, read back: which parts it names, and what they say. Pure.

Headings of the second level are the sections' titles. What it does not name stays as it is. Times, owner, revision and
the recorded events are there for readers; they are not read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from services.gateway.domain.document import EVENTS, SERVICES, SEVERITY, UNKNOWN, alike, services, titles
from services.gateway.domain.fitting import fitted
from services.gateway.domain.lines import Heading, headings, lines, one_line, read_heading, unprintable
from shared.contracts.base import Severity
from shared.contracts.events import Snapshot

LONGEST = 100_000
"""Characters that a section may have."""
LONGEST_TITLE, LONGEST_SERVICE, MOST_SERVICES = 300, 200, 100
_FACT = re.compile(r"[-*+][ \t]+([^:]+):(.*)")
_NAME, _ESCAPED = re.compile(r"(?:\\.|[^,\\])+"), re.compile(r"\\(.)")
_READ_ONLY = ("Began", "Ended", "Owner", "Revision", "Read it in the library")


class Unreadable(Exception):
    """A document that is not read, the line (from 1) at fault, and what to do about it."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(f"Line {line}: {detail}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Imported:
    """What a document says, each part as it is kept; None or not there: the document does not say.

    `exact`: its sections are as they were kept, and not as they stand in a document of Markdown.
    """

    title: str | None = None
    severity: Severity | None = None
    services: tuple[str, ...] | None = None
    sections: dict[str, str] = field(default_factory=dict)
    exact: bool = False

    def named(self) -> dict[str, Any]:
        """Return the parts that it names."""
        told = {name: getattr(self, name) for name in ("title", "severity", "services")}
        found = {name: value for name, value in told.items() if value is not None}
        return {**found, "sections": self.sections} if self.sections else found

    def unlike(self, base: Snapshot) -> Imported:
        """Return what of it an export of this revision does not say: what somebody has changed in it."""
        return Imported(
            title=None if self.title == one_line(base.title) else self.title,
            severity=None if self.severity == base.severity else self.severity,
            services=None if self.services in (base.services, _services(services(base))) else self.services,
            sections={
                name: text for name, text in self.sections.items() if self._is_other(text, base.report.get(name, ""))
            },
        )

    def _is_other(self, text: str, before: str) -> bool:
        return text != before and (self.exact or fitted(text) != fitted(before))


def decoded(body: bytes) -> str:
    """Return the text of a file. Raises: Unreadable when it is no UTF-8, or has control characters."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise Unreadable(line, f"byte {error.start + 1} is no UTF-8; save the file as UTF-8") from error
    if found := unprintable(text):
        line, character = found
        raise Unreadable(line, f"there is a control character, {character}; take it out")
    return text


def read(text: str, draft: Snapshot) -> Imported:
    """Return what a Markdown document says of the sections of a draft. Raises: Unreadable."""
    written, found = lines(text), [heading for heading in headings(text) if heading.level <= 2]  # noqa: PLR2004
    if not found:
        raise Unreadable(1, "there is no heading; a section begins with one of the second level, such as `## Impact`")
    ends = [*(heading.start for heading in found), len(written)]
    _nothing_between(written, 0, ends[0], "text before the first heading belongs to no section; put it into one")
    title = found.pop(0) if found[0].level == 1 else None
    facts = dict(_facts(written, title.end, ends[1])) if title else {}
    bodies = [(heading, "".join(written[heading.end : end])) for heading, end in _spans(found, len(written))]
    return Imported(
        title=_title(title) if title else None,
        severity=_severity(*facts[SEVERITY], draft) if SEVERITY in facts else None,
        services=_listed(*facts[SERVICES]) if SERVICES in facts else None,
        sections=dict(_sections(bodies, draft)),
    )


def _spans(found: Sequence[Heading], end: int) -> Iterator[tuple[Heading, int]]:
    """Yield each heading and the line at which the next one begins."""
    yield from ((one, other.start) for one, other in pairwise(found))
    if found:
        yield found[-1], end


def _title(heading: Heading) -> str:
    title = read_heading(one_line(heading.words))
    if not 0 < len(title) <= LONGEST_TITLE:
        raise Unreadable(heading.start + 1, f"a title has 1 to {LONGEST_TITLE} characters")
    return title


def _facts(written: Sequence[str], start: int, end: int) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield name, line and value of each fact below the title."""
    for number in range(start, end):
        line = written[number].strip()
        match = _FACT.fullmatch(line)
        if match and match[1] in (SEVERITY, SERVICES, *_READ_ONLY):
            yield match[1], (number + 1, match[2].strip())
        elif line:
            text = f"between title and first section stand lines like `- {SEVERITY}: SEV2`; put others into a section"
            raise Unreadable(number + 1, text)


def _severity(line: int, value: str, draft: Snapshot) -> Severity:
    if value == draft.severity_words():
        return draft.severity
    if value.lower() not in set(Severity):
        raise Unreadable(line, f"{value!r} is no severity; write one of {', '.join(s.value.upper() for s in Severity)}")
    return Severity(value.lower())


def _services(value: str) -> tuple[str, ...]:
    names = [] if value == UNKNOWN else _NAME.findall(value)
    return tuple(name for each in names if (name := _ESCAPED.sub(r"\1", each.strip())))


def _listed(line: int, value: str) -> tuple[str, ...]:
    found = _services(value)
    if len(found) > MOST_SERVICES or any(len(name) > LONGEST_SERVICE for name in found):
        raise Unreadable(line, f"there are at most {MOST_SERVICES} services, each of {LONGEST_SERVICE} characters")
    return found


def _sections(bodies: Sequence[tuple[Heading, str]], draft: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield name and text of each section. Raises: Unreadable for a heading that is none of them, or comes again."""
    known = {alike(title): name for name, title in titles(draft).items()}
    first: dict[str, int] = {}
    for heading, body in bodies:
        title, line = read_heading(one_line(heading.words)), heading.start + 1
        if heading.level == 1:
            raise Unreadable(line, "a second title; begin headings inside of a section with ###")
        if alike(title) in first:
            raise Unreadable(line, f"the section {title!r} began in line {first[alike(title)]} already; join them")
        first[alike(title)] = line
        if alike(title) == alike(EVENTS):
            continue
        if alike(title) not in known:
            there = ", ".join(titles(draft).values())
            text = f"there is no section {title!r}; there are {there}. Begin a heading inside of a section with ###"
            raise Unreadable(line, text)
        yield known[alike(title)], _kept(line, title, body)


def _kept(line: int, title: str, body: str) -> str:
    """Return a section's text as it is kept."""
    text = fitted(body)
    if len(text) >= LONGEST:
        raise Unreadable(line, f"the section {title!r} has {len(text):,} characters; {LONGEST - 1:,} are the most")
    return f"{text}\n" if text else ""


def _nothing_between(written: Sequence[str], start: int, end: int, otherwise: str) -> None:
    for number in range(start, end):
        if written[number].strip():
            raise Unreadable(number + 1, otherwise)
