"""What RFC 5545 asks of a stored event that parsers let pass: our own look at the bytes, with no library between."""

from __future__ import annotations

import re

LONGEST = 75
ONCE = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "SEQUENCE", "CLASS", "URL", "TRANSP"}
IN_AN_EVENT = {*ONCE, "ORGANIZER", "ATTENDEE", "CONFERENCE", "LOCATION", "CATEGORIES", "CREATED", "LAST-MODIFIED"}
_NAME = re.compile(r"^[A-Z0-9-]+$")
_UTC = re.compile(r"^\d{8}T\d{6}Z$")


def problems(text: str) -> list[str]:
    """Return what is wrong with an iCalendar object that holds one event; nothing for a good one."""
    raw = text.encode()
    return [*_of_lines(raw), *_of_properties(_unfolded(raw))]


def _of_lines(raw: bytes) -> list[str]:
    found = []
    lines = raw.split(b"\r\n")
    if lines[-1]:
        found.append("the last line does not end")
    for line in lines:
        if len(line) > LONGEST:
            found.append(f"a line of {len(line)} octets")
        if b"\n" in line or b"\r" in line or any(octet < 0x20 and octet != 0x09 for octet in line):
            found.append(f"a control character in {line!r}")
        try:
            line.decode()
        except UnicodeDecodeError:
            found.append(f"a character cut in two in {line!r}")
    return found


def _unfolded(raw: bytes) -> list[str]:
    return [line for line in raw.replace(b"\r\n ", b"").replace(b"\r\n\t", b"").decode().split("\r\n") if line]


def _of_properties(lines: list[str]) -> list[str]:
    found, open_components, event = [], list[str](), dict[str, list[str]]()
    for line in lines:
        name, value = _split(line)
        if not _NAME.match(name):
            found.append(f"no property: {line!r}")
        if name == "BEGIN":
            open_components.append(value)
        elif name == "END":
            if not open_components or open_components.pop() != value:
                found.append(f"END:{value} ends nothing")
        elif open_components == ["VCALENDAR", "VEVENT"]:
            event.setdefault(name, []).append(line)
    names = {_split(line)[0] for line in lines}
    found += [f"{name} is missing" for name in ("PRODID", "VERSION", "ACTION", "TRIGGER") if name not in names]
    found += [f"{name} is missing" for name in sorted(IN_AN_EVENT - event.keys() - {"ATTENDEE"})]
    found += [f"{name} stands there {len(event[name])} times" for name in ONCE & event.keys() if len(event[name]) > 1]
    found += ["METHOD has no place in a stored object"] * ("METHOD" in names)
    return [*found, *_of_values(event)]


def _of_values(event: dict[str, list[str]]) -> list[str]:
    found = [f"{name} is not in UTC" for name in ("DTSTART", "DTEND", "DTSTAMP") if not _UTC.match(_value(event, name))]
    if _value(event, "DTEND") <= _value(event, "DTSTART"):
        found.append("it ends before it starts")
    if any(";VALUE=URI" not in line for line in event.get("CONFERENCE", ())):
        found.append("CONFERENCE does not say VALUE=URI")
    found += [f"no address: {line}" for line in event.get("ATTENDEE", ()) if not _split(line)[1].startswith("mailto:")]
    return found


def _value(event: dict[str, list[str]], name: str) -> str:
    return _split(event.get(name, [""])[0])[1]


def _split(line: str) -> tuple[str, str]:
    """Return a line's name, without parameters, and its value: what follows the first colon outside of quotes."""
    head, quoted = 0, False
    for head, letter in enumerate(line):  # noqa: B007
        quoted ^= letter == '"'
        if letter == ":" and not quoted:
            break
    return line[:head].partition(";")[0], line[head + 1 :]
