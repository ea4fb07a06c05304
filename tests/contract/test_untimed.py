"""Postmortems from before anybody was reminded get a timer when the room starts, once."""

from __future__ import annotations

from services.drafting.domain import Postmortem, State
from services.drafting.store import MongoPostmortems
from shared.clock import new_id
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW, an_item
from tests.unit.drafting.test_domain import drafted, told

DRAFT = drafted()
WANTED = {
    "draft": DRAFT,
    "sent back": DRAFT.changed(state=State.CHANGES_REQUESTED),
    "with work to do": DRAFT.changed(state=State.PUBLISHED, action_items=(an_item(),)),
}
OTHERS = {"published": DRAFT.changed(state=State.PUBLISHED), "collecting": told().state}


def written(key: str, state: Postmortem, version: int = 0) -> Change[Postmortem]:
    return Change(key=key, version=version, state=state, handled=Handled(id=new_id(), at=NOW, reply=None))


async def test_what_has_no_timer_and_may_need_one_is_looked_at_once(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    store = MongoPostmortems(database(client, database_name))
    for key, state in (WANTED | OTHERS).items():
        await store.write(written(key, state))
    await store.prepare()
    assert await store.due(NOW, 9) == []  # written by this version, which sets timers itself
    await store.collection.update_many({}, {"$unset": {"state.reminded": ""}})
    await store.prepare()
    assert {key for key, _ in await store.due(NOW, 9)} == set(WANTED)
    for key, state in WANTED.items():
        await store.write(written(key, state, 1))
    await store.prepare()
    assert await store.due(NOW, 9) == []
    client.close()
