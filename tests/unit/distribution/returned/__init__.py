"""Mails that come back, as mail servers and people write them, of one row that each of them is about."""

from __future__ import annotations

from pathlib import Path

from services.distribution.adapters.bounces import ReturnPaths
from services.distribution.domain import Delivery
from shared.contracts.base import derived_id
from tests.unit.distribution.fakes import a_row

HERE = Path(__file__).parent
PATHS = ReturnPaths.of("0123456789abcdef0123456789abcdef", "Bounces.Example.com")
A_ROW: Delivery = a_row("a@example.com", id=derived_id("delivery", "a"))


def a_mail(name: str, row: Delivery = A_ROW) -> bytes:
    """Return a mail that came back of a row: `postfix`, `exchange`, `exim`, `qmail`, `delayed`, `vacation`, ..."""
    text = (HERE / f"{name}.eml").read_text(encoding="utf-8")
    words = {"RETURN_PATH": PATHS.address(row), "ENVID": row.id, "MESSAGE_ID": row.message_id}
    for word, value in words.items():
        text = text.replace(word, value)
    return text.replace("a@example.com", row.recipient).replace("\n", "\r\n").encode()


NAMES = sorted(path.stem for path in HERE.glob("*.eml"))
