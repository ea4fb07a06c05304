"""One table for every store of choices and briefs: the one in memory and the one in MongoDB alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.distribution.domain import Circle, Issue, Publication
from services.distribution.domain.digest.brief import Brief
from services.distribution.domain.heard_meeting import HeardMeeting
from services.distribution.domain.preferences import MailPreference
from services.distribution.store import MongoBriefs, MongoPreferences, MongoPublications
from shared.contracts.base import derived_id
from shared.contracts.mail_preferences import Reports
from shared.messaging.documents import Change, Handled
from shared.mongo import Database, connect, database
from shared.testing import FixedClock
from tests.helpers.builders import NOW, PM, an_item
from tests.unit.distribution.sharing_fakes import FakeBriefs, InMemoryPreferences, out

OTHER, THIRD = derived_id("other"), derived_id("third")


@pytest.fixture(params=["memory", "mongodb"])
async def mongo(request: pytest.FixtureRequest) -> AsyncIterator[Database | None]:
    """A database of the test's own, or None for what is in memory."""
    if request.param == "memory":
        yield None
        return
    client = connect(request.getfixturevalue("mongo_url"))
    yield database(client, request.getfixturevalue("database_name"))
    client.close()


async def write(documents: Any, key: str, state: Any, version: int = 0) -> None:
    handled = Handled(id=f"{key}-{version}", at=NOW, reply=None)
    await documents.write(Change(key=key, version=version, state=state, handled=handled))


def choice(reports: Reports, email: str | None = "a@example.com", **fields: Any) -> MailPreference:
    return MailPreference(email=email, reports=reports, since=NOW, **fields)


async def test_choices_are_found_until_they_are_others(mongo: Database | None) -> None:
    store = InMemoryPreferences(FixedClock(NOW)) if mongo is None else MongoPreferences(mongo)
    if isinstance(store, MongoPreferences):
        for _ in range(2):  # safe to repeat
            await store.prepare()
    assert not (await store.quiet() | await store.declined() | set(await store.digest_readers()))
    await write(store, "at once", choice(Reports.IMMEDIATE))
    await write(store, "weekly", choice(Reports.DIGEST, "b@example.com"))
    await write(store, "never", choice(Reports.NONE))
    await write(store, "clicked", choice(Reports.IMMEDIATE, None, digest_by_list=False))
    assert await store.quiet() == {"weekly", "never"}
    assert await store.declined() == {"never", "clicked"}
    assert list(await store.digest_readers()) == ["b@example.com"]
    await write(store, "weekly", choice(Reports.IMMEDIATE, "b@example.com"), 1)
    assert await store.quiet() == {"never"}
    assert list(await store.digest_readers()) == []
    assert await store.state_of("clicked") == choice(Reports.IMMEDIATE, None, digest_by_list=False)


def everything() -> dict[str, Publication]:
    _, before = out(NOW - timedelta(days=9))
    assert before.edition
    issue = Issue(edition=before.edition, approved=before.approved, completed=False)
    id, known = out(NOW, revision=3)
    full = known.changed(
        earlier=(issue, issue.settled()),
        items={"1": an_item(), "2": an_item(state="done", done_at=NOW)},
        meeting=HeardMeeting(sequence=2, start=NOW, title="🧯 $x"),
        meeting_ended_at=NOW,
        toggles=2,
    )
    hidden = Publication(circle=Circle(restricted=True, people=frozenset({"a@example.com"})))
    return {id: full, OTHER: hidden, THIRD: Publication()}


async def test_a_brief_is_what_stands_in_the_whole_document(mongo: Database | None) -> None:
    known = everything()
    briefs: Any = FakeBriefs(known)
    if mongo is not None:
        publications = MongoPublications(mongo)
        await publications.prepare()
        for key, state in known.items():
            await write(publications, key, state)
        briefs = MongoBriefs(mongo)
    found = {brief.id: brief for brief in await briefs.briefs()}
    assert found == {key: Brief.of(key, state) for key, state in known.items()}
    assert [each.published_at for each in found[PM].published] == [NOW - timedelta(days=9)] * 2 + [NOW]
    assert await briefs.brief(PM) == found[PM]
    assert await briefs.brief(derived_id("nobody knows")) is None
    assert await briefs.restricted([PM, OTHER, derived_id("nobody knows")]) == {OTHER}
    assert await briefs.restricted([]) == frozenset()
