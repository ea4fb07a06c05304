"""Reviews from before reviews had a timer are looked at once the room starts."""

from __future__ import annotations

from services.review.domain import Review, State
from services.review.store import MongoReviews
from shared.clock import new_id
from shared.contracts.events import ReviewRequested
from shared.messaging.documents import Change, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW, a_draft

DRAFT = a_draft(ReviewRequested, requested_at=NOW, requested_by="owner@example.com")


async def test_what_is_in_review_and_has_no_timer_is_looked_at_once(mongo_url: str, database_name: str) -> None:
    client = connect(mongo_url)
    store = MongoReviews(database(client, database_name))
    for state in State:
        handled = Handled(id=new_id(), at=NOW, reply=None)
        await store.write(Change(key=state, version=0, state=Review(draft=DRAFT, state=state), handled=handled))
    await store.prepare()
    assert await store.due(NOW, 9) == []  # written by this version, which sets timers itself
    await store.collection.update_many({}, {"$unset": {"state.attention": ""}})
    await store.prepare()
    assert [key for key, _ in await store.due(NOW, 9)] == [State.IN_REVIEW]
    client.close()
