"""How far the calendar was looked through, and what lies ahead: in memory and in MongoDB alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.calendar.domain import Meeting, Seen, Status, ours, uid_of
from services.calendar.ports import Bookmark, Bookmarks, Diary, Known, Unwritten
from services.calendar.store import MongoBookmarks, MongoMeetings
from shared.clock import new_id
from shared.messaging.documents import Change, Documents, Handled
from shared.mongo import connect, database
from tests.helpers.builders import NOW
from tests.unit.calendar.fakes import FakeBookmarks, FakeDiary, Room
from tests.unit.calendar.test_domain import a_meeting

SEEN = Seen(etag='"1"', write_id="1-x", start=NOW, end=NOW + timedelta(hours=1))


@pytest.fixture(params=["in memory", "mongodb"])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[Documents[Meeting], Diary, Bookmarks]]:
    if request.param == "in memory":
        room = Room()
        yield room.documents, FakeDiary(room.documents), FakeBookmarks()
        return
    client = connect(request.getfixturevalue("mongo_url"))
    own = database(client, request.getfixturevalue("database_name"))
    meetings = MongoMeetings(own)
    yield meetings, meetings, MongoBookmarks(own, "https://dav.example.com/pm/")
    client.close()


Store = tuple[Documents[Meeting], Diary, Bookmarks]


async def keep(documents: Documents[Meeting], meeting: Meeting) -> None:
    handled = Handled(id=new_id(), at=NOW, reply=None)
    await documents.write(Change(key=meeting.postmortem_id, version=0, state=meeting, handled=handled))


async def test_the_first_bookmark_is_empty_and_the_next_one_is_kept(store: Store) -> None:
    _, _, bookmarks = store
    assert await bookmarks.bookmark() == Bookmark()
    await bookmarks.turn(Bookmark(token="sync 1", left=("a", "b"), at=NOW))
    assert await bookmarks.bookmark() == Bookmark(version=1, token="sync 1", left=("a", "b"), at=NOW)


async def test_a_bookmark_is_turned_once_from_each_version(store: Store) -> None:
    _, _, bookmarks = store
    for version in range(3):
        await asyncio.gather(*(bookmarks.turn(Bookmark(version, f"sync {version}.{who}")) for who in range(5)))
        kept = await bookmarks.bookmark()
        assert (kept.version, kept.token.partition(".")[0]) == (version + 1, f"sync {version}")
        await bookmarks.turn(Bookmark(version, "too late"))
        assert await bookmarks.bookmark() == kept


async def test_what_lies_ahead_is_known_by_name_version_and_what_was_seen(store: Store) -> None:
    documents, diary, _ = store
    held = a_meeting(postmortem_id=new_id())
    there = a_meeting(postmortem_id=new_id(), seen=SEEN, stands_since=NOW)
    lost = a_meeting(postmortem_id=new_id(), seen=SEEN, place="elsewhere.ics", missing_until=NOW)
    over = a_meeting(Status.CANCELLED, postmortem_id=new_id(), seen=SEEN)
    for meeting in (held, there, lost, over):
        await keep(documents, meeting)
    known = {each.postmortem_id: each for each in await diary.ahead()}
    assert known == {
        id: Known(id, 1, uid_of(id), **fields)
        for id, fields in {
            held.postmortem_id: _fields(ours(uid_of(held.postmortem_id)), None),
            there.postmortem_id: _fields(ours(uid_of(there.postmortem_id)), '"1"', since=NOW),
            lost.postmortem_id: _fields("elsewhere.ics", '"1"', missing=True),
        }.items()
    }


async def test_what_is_not_written_is_known_with_its_version(store: Store) -> None:
    documents, diary, _ = store
    late = a_meeting(postmortem_id=new_id(), changed_at=NOW)
    await keep(documents, late)
    assert list(await diary.unwritten(NOW)) == []
    assert list(await diary.unwritten(NOW + timedelta(seconds=1))) == [Unwritten(late.postmortem_id, 1)]


async def test_a_meeting_from_before_entries_had_names_is_known_all_the_same(
    mongo_url: str, database_name: str
) -> None:
    client = connect(mongo_url)
    store = MongoMeetings(database(client, database_name))
    old = a_meeting(postmortem_id=new_id(), seen=SEEN)
    await keep(store, old)
    await store.collection.update_many({}, {"$unset": dict.fromkeys(("find.name", "find.since", "find.missing"), "")})
    [known] = await store.ahead()
    assert (known.name, known.etag, known.missing) == (ours(uid_of(old.postmortem_id)), '"1"', False)
    client.close()


def _fields(name: str, etag: str | None, **more: Any) -> dict[str, Any]:
    return {"name": name, "etag": etag, **more}
