"""The shape that every message has, and the small words that all of them use.

Inside vN a message may only gain optional fields; unknown fields are ignored, so that a newer
sayer never breaks an older hearer.
"""

from __future__ import annotations

import hashlib
import json
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

NAMESPACE = UUID("0b5f4c52-6d3c-5a53-9a57-5f0c2f7c8f11")
_NUMBER = re.compile(r"\s*[+-]?[\d.]+\s*")


def written_out(value: object) -> object:
    """Return what may be a time or a date. Raises: ValueError for a number: nobody knows what it counts."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("write it as RFC 3339 does: 2026-03-02T09:14:00Z")
    return value


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("this time is in no year from 1 to 9999 in UTC") from None


Moment = Annotated[AwareDatetime, BeforeValidator(written_out), AfterValidator(_utc)]
"""A point in time: an offset is required on the way in, UTC on the way out."""

PostmortemId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
_SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Unicode calls white space, written out: `\\s` means other characters to each reader of a schema."""
NOT_BLANK = Field(json_schema_extra={"pattern": f"[^{_SPACE}]"})
"""White space at the ends is taken away first, so what is nothing else is empty; a schema has to say so."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), NOT_BLANK]
Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), NOT_BLANK]
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, max_length=254, pattern=rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})*$"
    ),
]
Text = Annotated[str, StringConstraints(max_length=100_000)]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=rf"^https?://[^{_SPACE}]+$")]


def without_default(schema: dict[str, Any]) -> None:
    """Take away what stands for "left out" in a schema: it is no value that anybody may send."""
    schema.pop("default", None)


class Severity(StrEnum):
    """How bad it was; sev1 is the worst."""

    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"
    SEV5 = "sev5"


class Value(BaseModel):
    """A frozen value inside a message."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Person(Value):
    """Somebody who took part. `email` is empty when the source tells only a name."""

    name: Line
    email: Email | None = None
    role: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=60)] = "responder"


class Owner(Value):
    """The one person who drives a postmortem to its end (guide: no bystander effect)."""

    name: Line
    email: Email


class BaseMessage(Value):
    """A fact or a command, whatever it is about. `name` is the wire name `<Name>.v<N>`, never the class's own name."""

    name: ClassVar[str]

    @classmethod
    def address(cls) -> str:
        """The routing key: for a fact its wire name."""
        return cls.name

    @property
    @abstractmethod
    def subject(self) -> str:
        """The id of what the message is about, a UUID: CloudEvents `subject`, and the key of the document."""

    @property
    def turn(self) -> str:
        """Messages of the same turn are handled one after the other in a process: as a rule all about one thing."""
        return self.subject


class Message(BaseMessage):
    """A fact or a command about one postmortem, as nearly all are."""

    postmortem_id: PostmortemId

    @property
    def subject(self) -> str:
        """The postmortem that the message is about."""
        return self.postmortem_id


@lru_cache(maxsize=4096)
def postmortem_id(source: str, external_id: str) -> str:
    """The id that an incident's postmortem has from the first event on, whoever computes it.

    Kept, since each event of a long incident asks for the same one whenever its document is read.
    """
    return str(uuid5(NAMESPACE, f"postmortem\0{source}\0{external_id}"))


def incident_id(source: str, external_id: str) -> str:
    """The id under which one incident of one tool is known here."""
    return str(uuid5(NAMESPACE, f"incident\0{source}\0{external_id}"))


def derived_id(cause: str, *words: str) -> str:
    """An id that follows from its cause, so that the same cause always yields the same id."""
    return str(uuid5(NAMESPACE, "\0".join((cause, *words))))


def content_hash(title: str, severity: str, services: Sequence[str], report: Mapping[str, str]) -> str:
    """SHA-256 (hex) of what a reviewer approves: title, severity, services and every section in order."""
    canonical = json.dumps(
        [title, severity, list(services), list(report.items())], ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
