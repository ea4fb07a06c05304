"""A file read: what it tells as `POST /v1/imports` takes it, and what somebody should look at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from typing import Any
from unicodedata import normalize
from urllib.parse import urlsplit

from services.gateway.domain.importing import dates
from services.gateway.domain.importing.definitions import definitions, taken_along
from services.gateway.domain.importing.facts import Facts, gathered, several
from services.gateway.domain.importing.front_matter import FrontMatter, split
from services.gateway.domain.importing.people import people_of
from services.gateway.domain.importing.sections import Part, Parted, bounded, part, plain_words
from services.gateway.domain.importing.timelines import Entry, Told, read_timeline
from services.gateway.domain.importing.unreadable import BadFile
from services.gateway.domain.importing.words import TITLES, plain, severity_of
from services.gateway.domain.lines import one_line, printable
from shared.contracts.base import Person, Severity

LONGEST_TITLE, LONGEST_TOKEN, LONGEST_SOURCE, LONGEST_URL = 300, 200, 500, 2_000
MOST_SERVICES, MOST_TAGS = 100, 50
UNFINISHED = frozenset({"draft", "in progress", "open", "wip", "todo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for a file that does not say so; services and tags come to those that it names.

    `zone`: of times that tell none; without one they are not sure, and days begin in UTC.
    """

    severity: Severity | None = None
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    zone: tzinfo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file tells; `warnings` are what was not understood, or not there."""

    source: str
    title: str
    url: str | None = None
    published_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    severity: Severity | None = None
    services: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    sections: tuple[Part, ...] = ()
    timeline: tuple[Entry, ...] = ()
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def body(self) -> dict[str, Any]:
        """Return the request that imports it, as JSON has it."""
        times = {name: _told(getattr(self, name)) for name in ("published_at", "started_at", "resolved_at")}
        return {
            "source": self.source,
            "url": self.url,
            **times,
            "title": self.title,
            "severity": self.severity.value if self.severity else None,
            "services": list(self.services),
            "tags": list(self.tags),
            "people": [person.model_dump(mode="json") for person in self.people],
            "sections": [{"name": each.name, "title": each.title, "text": each.text} for each in self.sections],
            "timeline": [{"at": _told(entry.at), "text": entry.text} for entry in self.timeline],
        }


def text_of(content: bytes) -> str:
    """Return the text of a file. Raises: BadFile when it is none: empty, binary, or in another encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile("it is UTF-16; save it as UTF-8")
    if b"\0" in content:
        raise BadFile("it is binary; only text is imported")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadFile(f"it is not UTF-8 (line {line}, byte {error.start + 1}); save it as UTF-8") from error
    if not text.strip():
        raise BadFile("it is empty")
    return text


def read_file(path: str, text: str, defaults: Defaults) -> Reading:
    """Return what a file tells. `path` is its place below the imported folder. Raises: BadFile."""
    path = normalize("NFC", path)
    above, rest = split(text)
    parted = _parted(above, rest)
    facts = gathered(above.fields, parted.preamble, parted.parts)
    zone = _zone(facts, defaults)
    started = _started(facts, parted.title, zone)
    timeline = _timeline(parted.parts, started, zone)
    published = _published(path, facts, zone)
    severity = _severity(facts) or defaults.severity
    is_dated = started is not None or published is not None
    services, tags = (
        _tokens((*several(facts.get(name, ())), *more), most)
        for name, more, most in (("services", defaults.services, MOST_SERVICES), ("tags", defaults.tags, MOST_TAGS))
    )
    return Reading(
        source=_source(path, above, facts),
        title=_title(path, parted, facts),
        url=_url(facts),
        published_at=published,
        started_at=_sharper(started, timeline.entries),
        resolved_at=_moment(facts, ("resolved",), zone),
        severity=severity,
        services=services,
        tags=tags,
        people=people_of(facts),
        sections=tuple(_sections(above, parted, definitions(rest))),
        timeline=timeline.entries,
        warnings=(
            *_of_dates(facts, zone or UTC, is_dated=is_dated),
            *_of_severity(facts, severity),
            *_of_text(facts, timeline),
        ),
    )


def _parted(above: FrontMatter, rest: str) -> Parted:
    known = next(iter(gathered({"title": above.fields.get("title")}, "", ()).get("title", ())), None)
    return part(printable(rest), known[:LONGEST_TITLE] if known else None)


def _source(path: str, above: FrontMatter, facts: Facts) -> str:
    """Return what a file goes by: its own id or address, else its path. Only front matter is meant for programs."""
    own = gathered({name: above.fields[name] for name in above.fields}, "", ())
    known = (*own.get("id", ()), *((url,) if "url" in own and (url := _url(facts)) else ()))
    source = next(iter(known), path)
    if len(source) > LONGEST_SOURCE:
        raise BadFile(f"its path or id has {len(source):,} characters; {LONGEST_SOURCE} are the most")
    return source


def _title(path: str, parted: Parted, facts: Facts) -> str:
    told = parted.title or next(iter(facts.get("title", ())), "")
    name = dates.without_date(PurePosixPath(path).stem).replace("_", " ").replace("-", " ")
    words = one_line(told) or one_line(name).strip().capitalize() or PurePosixPath(path).name
    return words[:LONGEST_TITLE].strip()


def _url(facts: Facts) -> str | None:
    for value in facts.get("url", ()):
        if value.startswith(("http://", "https://")) and " " not in value and len(value) <= LONGEST_URL:
            return value if urlsplit(value).netloc else None
    return None


def _zone(facts: Facts, defaults: Defaults) -> tzinfo | None:
    named = next(iter(facts.get("timezone", ())), "")
    return dates.read_zone(named) or defaults.zone


def _moment(facts: Facts, names: Iterable[str], zone: tzinfo | None) -> datetime | None:
    values = (value for name in names for value in facts.get(name, ()))
    return next((at for value in values if (at := dates.read_moment(plain_words(value), zone or UTC))), None)


def _started(facts: Facts, title: str | None, zone: tzinfo | None) -> datetime | None:
    """Return when it began: as it says, else the day in its title."""
    named = dates.in_name(title or "")
    day = datetime(named.year, named.month, named.day, tzinfo=zone or UTC).astimezone(UTC) if named else None
    return _moment(facts, ("started", "date"), zone) or day


def _published(path: str, facts: Facts, zone: tzinfo | None) -> datetime | None:
    """Return when it came out: as it says, else the day in the file's name, by which pages are put in order."""
    named = dates.in_name(path)
    told = _moment(facts, ("published",), zone)
    return told or (datetime(named.year, named.month, named.day, tzinfo=UTC) if named else None)


def _sharper(started: datetime | None, entries: tuple[Entry, ...]) -> datetime | None:
    """Return when it began: by the timeline, when a file tells but the day."""
    first = min((entry.at for entry in entries), default=None)
    is_day = started is not None and (started.hour, started.minute) == (0, 0)
    return first if first and (started is None or (is_day and first.date() == started.date())) else started


def _severity(facts: Facts) -> Severity | None:
    return next((found for value in facts.get("severity", ()) if (found := severity_of(value))), None)


def _tokens(values: Iterable[str], most: int) -> tuple[str, ...]:
    words = (plain_words(value).strip("[]\"'# ") for value in values)
    return tuple(dict.fromkeys(each[:LONGEST_TOKEN].strip() for each in words if each))[:most]


def _sections(above: FrontMatter, parted: Parted, links: Mapping[str, str]) -> Iterator[Part]:
    """Yield the sections: what stands before the first, those of the file, and the front matter as it is written."""
    names = {each.name for each in parted.parts}
    before: list[Part] = []
    if parted.preamble or not names:
        name = "details" if "overview" in names else "overview"
        before.append(Part(name, TITLES[name], f"{parted.preamble}\n" if parted.preamble else ""))
    behind = [Part("front_matter", TITLES["front_matter"], _fenced(above.raw))] if above.raw.strip() else []
    yield from bounded((*taken_along((*before, *parted.parts), links), *behind))


def _fenced(raw: str) -> str:
    longest = max((len(run) for run in raw.replace("\n", " ").split() if set(run) == {"`"}), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{printable(raw).rstrip()}\n{fence}\n"


def _timeline(parts: Iterable[Part], started: datetime | None, zone: tzinfo | None) -> Told:
    local = started.astimezone(zone or UTC) if started else None
    for each in parts:
        if each.name == "timeline":
            return read_timeline(each.title, each.text, local.date() if local else None, zone)
    return Told()


def _of_dates(facts: Facts, zone: tzinfo, *, is_dated: bool) -> Iterator[str]:
    for name in ("started", "date", "resolved", "published"):
        for value in facts.get(name, ()):
            if dates.read_moment(plain_words(value), zone) is None:
                yield f"the {name} {value[:60]!r} is not read: write it as 2021-03-04 or 2021-03-04T09:14:00Z"
    if not is_dated and not any(facts.get(name) for name in ("started", "date", "published")):
        yield "no date: write `date: 2021-03-04` in its front matter"


def _of_severity(facts: Facts, severity: Severity | None) -> Iterator[str]:
    told = facts.get("severity", ())
    if told and _severity(facts) is None:
        yield f"the severity {told[0][:60]!r} is not known: write sev1 to sev5"
    elif severity is None:
        yield "no severity: the policy's default is taken; or import with --severity"


def _of_text(facts: Facts, timeline: Told) -> Iterator[str]:
    if timeline.doubt:
        yield f"the timeline stays text: {timeline.doubt}"
    if plain(next(iter(facts.get("status", ())), "")) in UNFINISHED:
        yield f"its status is {facts['status'][0][:60]!r}; it is imported as published all the same"


def _told(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
