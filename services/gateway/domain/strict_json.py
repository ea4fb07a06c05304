"""JSON that everybody reads alike (RFC 7493): what parsers differ about is refused, not guessed. Pure."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 32
LARGEST = 2**53 - 1
LONGEST_NUMBER = 64


def check(body: bytes) -> None:
    """Do nothing when this is strict JSON. Raises: ValueError that says what is wrong."""
    try:
        text = body.decode()
        found = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(text, found)
    if "\\u" in text:
        _check_characters(found)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "a name stands twice in one object"
        raise ValueError(msg)
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER or abs(int(text)) > LARGEST:
        msg = f"a whole number is larger than {LARGEST}"
        raise ValueError(msg)
    return int(text)


def _number(text: str) -> float:
    found = float(text)
    if found in (float("inf"), float("-inf")):
        msg = "a number is larger than a double holds"
        raise ValueError(msg)
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_number, parse_int=_integer, parse_float=_number
)
_TOO_DEEP = f"it is nested more than {MAX_DEPTH} levels deep"


def _check_depth(text: str, found: Any) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return  # so few cannot lie deeper in one another
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [child for each in level for child in _children(each)]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def _children(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inside if isinstance(each, dict | list)]


def _check_characters(found: Any) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("a string holds half of a surrogate pair") from None
