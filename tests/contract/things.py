"""A small state, and changes of it, for tests of document stores."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from shared.clock import new_id
from shared.contracts.decision import Reply
from shared.messaging.documents import Change, Handled
from shared.messaging.envelope import Unsaid
from tests.helpers.builders import NOW


class Thing(BaseModel):
    """A state; its text may hold anything that people write."""

    n: int
    text: str = ""
    more: dict[str, str] = {}


def a_message(id: str, body: str = "{}") -> Unsaid:
    return Unsaid(id=id, name="Said.v1", subject="k", source="afterword/test", time=NOW, body=body, correlation_id="c")


def a_change(
    version: int,
    n: int,
    *,
    message: str | None = None,
    unsaid: tuple[str, ...] = (),
    said: tuple[str, ...] = (),
    said_all: bool = False,
    due: datetime | None = None,
    reply: Reply | None = None,
    text: str = "",
    more: dict[str, str] | None = None,
    key: str = "k",
) -> Change[Any]:
    return Change(
        key=key,
        version=version,
        state=Thing(n=n, text=text, more=more or {}),
        unsaid=[a_message(id) for id in unsaid],
        said=said,
        said_all=said_all,
        due=due,
        handled=Handled(id=message or new_id(), at=NOW, reply=reply),
    )
