"""Programs of two versions work on the same documents in MongoDB; the pure rules are in `tests/unit/kernel`."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.clock import new_id
from shared.document_schema import DocumentSchema, NewerDocument, Step
from shared.messaging.documents import Change, Handled
from shared.mongo import Database, MongoDocuments, connect, database
from shared.trouble import NotReady
from tests.contract.things import a_message
from tests.helpers.builders import NOW
from tests.helpers.two_versions import BOTH, NEW, ONLY_NEW, Edit, New, Old, Truth, with_lead

GIVEN_UP = DocumentSchema(3, 2, (Step(2, with_lead),))
"""The form after, in which the older name is no longer written."""


@pytest.fixture
async def rooms(mongo_url: str, database_name: str) -> AsyncIterator[Database]:
    client = connect(mongo_url)
    yield database(client, database_name)
    client.close()


def older(rooms: Database) -> MongoDocuments[Old]:
    return MongoDocuments(rooms["things"], Old)


def newer(rooms: Database) -> MongoDocuments[New]:
    return MongoDocuments(rooms["things"], New, NEW.schema)


async def changed(store: MongoDocuments[Any], edit: Edit, *, said_all: bool) -> None:
    loaded, _ = await store.read("k", "")
    before = loaded.state or store.states.state()
    await store.write(
        Change(
            key="k",
            version=loaded.version,
            state=edit.of_new(before) if edit.is_new else edit.of_old(before),
            unsaid=[] if said_all else [a_message(new_id())],
            said=loaded.unsaid if said_all else (),
            said_all=said_all,
            handled=Handled(id=new_id(), at=NOW, reply=None),
            newer=loaded.newer,
        )
    )


@pytest.mark.parametrize("seed", range(6))
async def test_whoever_writes_both_read_what_happened(rooms: Database, seed: int) -> None:
    stores: dict[bool, MongoDocuments[Any]] = {False: older(rooms), True: newer(rooms)}
    truth, dice = Truth(), random.Random(seed)  # noqa: S311 - told apart by their number
    for n in range(25):
        is_new = dice.random() < 0.5
        what = dice.choice(BOTH + ONLY_NEW if is_new else BOTH)
        edit = Edit(is_new, what, dice.choice(["ada", "bob"]), n)
        await changed(stores[is_new], edit, said_all=dice.random() < 0.7)
        truth.after(edit)
        assert (await stores[True].read("k", ""))[0].state == truth.state
        assert (await stores[False].read("k", ""))[0].state == truth.as_old()
        assert await stores[True].state_of("k") == truth.state


async def test_a_program_of_the_form_before_the_last_is_told_at_its_start(rooms: Database) -> None:
    for store in (older(rooms), newer(rooms), older(rooms)):
        await store.prepare()
    last = MongoDocuments(rooms["things"], New, GIVEN_UP)
    await last.prepare()
    await newer(rooms).prepare()
    told = r"things was written by a newer version: .* form 3, which programs of form 2 and newer .* this one is of 1"
    with pytest.raises(NotReady, match=told):
        await older(rooms).prepare()


async def test_nor_does_it_read_or_change_what_it_does_not_understand(rooms: Database) -> None:
    last = MongoDocuments(rooms["things"], New, GIVEN_UP)
    await changed(last, Edit(True, "note", "ada", 0), said_all=True)
    with pytest.raises(NewerDocument, match="Old k is of form 3"):
        await changed(older(rooms), Edit(False, "count", "", 0), said_all=True)
    await changed(newer(rooms), Edit(True, "count", "", 0), said_all=True)
    assert (await last.read("k", ""))[0].state == New(n=1, note="ada")
