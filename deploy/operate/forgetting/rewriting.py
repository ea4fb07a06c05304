"""What a document or a message is without a person. Pure.

It knows no collection: an address is replaced wherever it stands, a name beside an address of theirs, where nothing but
somebody's name can stand, and, if it is of several words, in sentences of ours. What people wrote in words of their own
is left as it is unless it is asked for, and told.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from deploy.operate.forgetting.person import Forgotten

BELOW = frozenset({"report", "sections"})
"""Fields below which everything is what people wrote."""
TEXTS = frozenset(
    ("title", "summary", "text", "quote", "before", "after", "reason", "description", "notes", "note", "justification")
)
"""Fields that hold what people wrote, themselves or in a list."""
NAMED = frozenset({"by", "who", "owner", "author", "facilitator"})
"""Fields that hold nothing but somebody's name, or an address."""
NOBODYS: dict[str, Any] = {"timezone": None, "hours": None, "away": [], "away_until": None, "note": "", "team": None}
"""What else is known of a member, and what it is from then on."""
ID = re.compile(r"\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64})\b")
RAW_ID = re.compile(ID.pattern.encode())


@dataclass
class Rewriter:
    """Rewrites one value after the other. `in_texts` says whether the last one has them in a text."""

    person: Forgotten
    in_texts: bool = False

    def may_concern(self, raw: bytes) -> bool:
        """Say whether bytes may tell of the person; no is certain."""
        found = self.person.raw.search(raw) is not None
        return found or (bool(self.person.ids) and any(id.decode() in self.person.ids for id in RAW_ID.findall(raw)))

    def of(self, value: Any) -> Any:
        """Return a document without the person; the same when it does not tell of them."""
        self.in_texts = False
        return self._value(value, "", is_text=False)

    def body(self, raw: bytes) -> bytes:
        """Return the body of a message without them: JSON by its fields, anything else by its letters."""
        self.in_texts = False
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError):
            return self._bytes(raw)
        after = self._value(found, "", is_text=False)
        return raw if after == found else _json(after).encode()

    def _value(self, value: Any, key: str, *, is_text: bool) -> Any:
        match value:
            case str():
                return self._text(value) if is_text or key in TEXTS else self._words(value, key)
            case bytes():
                return self._bytes(value)
            case dict():
                return self._table(value, is_text=is_text or key in BELOW)
            case list():
                return [self._value(each, key, is_text=is_text) for each in value]
        return value

    def _bytes(self, raw: bytes) -> bytes:
        words = raw.decode("utf-8", "surrogateescape")
        after = self.person.without_addresses(words)
        return raw if after == words else after.encode("utf-8", "surrogateescape")

    def _table(self, table: dict[str, Any], *, is_text: bool) -> dict[str, Any]:
        after = {self._words(key, ""): self._value(value, key, is_text=is_text) for key, value in table.items()}
        if self._is_of_them(table):
            after |= {"name": self.person.alias} if "name" in table else {}
            after |= {key: value for key, value in NOBODYS.items() if key in table}
        return after

    def _is_of_them(self, table: dict[str, Any]) -> bool:
        """Say whether a table is about the person: by an address, or by a name of which no address is known."""
        address, name = table.get("email", ""), table.get("name")
        is_named = address is None and isinstance(name, str) and name in self.person.names
        return is_named or self.person.is_theirs(address)

    def _words(self, words: str, key: str) -> str:
        """Return what no person has written: an address, an id, a sentence of ours, or JSON in a string."""
        if words[:1] in ("{", "[") and (after := self._in_json(words, key)) is not None:
            return after
        if key in NAMED and words in self.person.names:
            return self.person.alias
        after = self.person.without_addresses(self.person.ids.get(words, words))
        for name in self.person.full_names:
            after = after.replace(name, self.person.alias) if _stands_in(name, after) else after
        return ID.sub(lambda found: self.person.ids.get(found[0], found[0]), after) if self.person.ids else after

    def _in_json(self, words: str, key: str) -> str | None:
        try:
            found = json.loads(words)
        except (ValueError, RecursionError):
            return None
        after = self._value(found, key, is_text=False)
        return words if after == found else _json(after)

    def _text(self, words: str) -> str:
        without = self.person.without_addresses(words)
        if without != words or any(_stands_in(name, words) for name in self.person.names):
            self.in_texts = True
        return without if self.person.texts else words


def _stands_in(name: str, words: str) -> bool:
    return name in words and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words) is not None


def _json(value: Any) -> str:
    """Return JSON as our messages are written; what no text may hold (half a character) stays escaped."""
    words = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        words.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return words
