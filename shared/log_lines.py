"""What may stand in a line of the log: which message, which postmortem, what went wrong; neither people nor reports.

Handlers log ids alone. What slips in comes with errors: a mail server repeats an address, a library what it could not
read. So addresses lose what stands before their @, and errors of validation what they were about.
"""

from __future__ import annotations

import re
from typing import Any

from structlog.typing import EventDict, WrappedLogger

BY = "by"
"""Who did something as an operator: the only person whom a line may name, since it is there to say so."""
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?=[A-Za-z0-9])")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@\"']+@")
_INPUT = re.compile(r"input_value=.*?, input_type=", re.DOTALL)


def without_words_of_people(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Return a line without addresses of persons, passwords in addresses of servers, and values that were refused."""
    return {name: value if name == BY else _told(value) for name, value in line.items()}


def covered(text: str) -> str:
    """Return a text without these."""
    text = without_values(text)
    if "@" not in text:
        return text
    return _ADDRESS.sub("…@", _CREDENTIALS.sub("", text))


def without_values(text: str) -> str:
    """Return what an error says without the values that were refused."""
    return _INPUT.sub("input_type=", text) if "input_value=" in text else text


def _told(value: Any) -> Any:
    if isinstance(value, str):
        return covered(value)
    if isinstance(value, dict):
        return {name: _told(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_told(each) for each in value]
    return value if isinstance(value, int | float | type(None)) else covered(str(value))
