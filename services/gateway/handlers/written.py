"""What people write: any text but control characters, which nobody sees and programs stumble over."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from services.gateway.domain.lines import unprintable

_FINE = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]"
_SEEN = r"[^\u0000-\u0020\u007f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"


def _printable(text: str) -> str:
    """Return the text. Raises: ValueError that names the line of a control character."""
    if found := unprintable(text):
        line, character = found
        raise ValueError(f"there is a control character, {character}, in line {line}; take it out")
    return text


WrittenText = Annotated[
    str,
    StringConstraints(max_length=100_000),
    AfterValidator(_printable),
    Field(json_schema_extra={"pattern": f"^{_FINE}*$"}),
]
"""Markdown of a section."""
WrittenLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=300),
    AfterValidator(_printable),
    Field(json_schema_extra={"pattern": f"^{_FINE}*{_SEEN}{_FINE}*$"}),
]
"""A title."""
