"""Facts put together many at a time: the same documents as one by one, and no more in memory than there may be."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.history import Revision
from services.gateway.domain.hooks.telling import NEWS_FOR
from services.gateway.domain.rebuilding import KINDS, Built, Fact, Known
from services.gateway.handlers.rebuilding import Rebuild
from shared.contracts.base import BaseMessage, postmortem_id
from shared.contracts.coaching import RevisionChecked
from shared.contracts.community import Member, ReviewerChanged
from shared.contracts.events import ActionItemAdded, ActionItemChanged, Published
from shared.contracts.lists import DistributionList, ListChanged
from shared.testing import FixedClock
from tests.helpers.builders import NOW, PM, a_remark, an_item
from tests.helpers.fakes import FakeHistory
from tests.unit.gateway.test_corrections import WHOLE

LIFE = (
    *WHOLE,
    ActionItemAdded(postmortem_id=PM, item=an_item()),
    ActionItemChanged(postmortem_id=PM, item=an_item(version=2, text="Better words")),
    RevisionChecked(postmortem_id=PM, revision=2, content_hash="x", remarks=(a_remark(),), at=NOW),
)
MEMBER = Member(name="a", email="a@example.com")
PEOPLE = (
    *(ReviewerChanged(version=n, origin="api", reviewer=MEMBER) for n in (1, 2)),
    *(ListChanged(version=n, origin="api", list=DistributionList(name="all", title=str(n))) for n in (1, 2)),
)
LATER = NOW + timedelta(days=30)


@dataclass
class FakeScratch:
    """Documents in memory; `served` are the facts that people's documents have heard. Holds copies, as a database."""

    kept: dict[str, Built] = field(default_factory=dict)
    served: set[str] = field(default_factory=set)
    loads: int = 0

    async def load(self, keys: Collection[str]) -> Mapping[str, Built]:
        self.loads += 1
        await asyncio.sleep(0)
        return {key: _copy(self.kept[key]) for key in keys if key in self.kept}

    async def save(self, built: Mapping[str, Built]) -> None:
        for _ in range(3):  # others come first, as with a database
            await asyncio.sleep(0)
        self.kept.update({key: _copy(each) for key, each in built.items()})

    async def heard(self, _keys: Collection[str], ids: Collection[str]) -> Collection[str]:
        return self.served & set(ids)


def _copy(built: Built) -> Built:
    assert built.state is not None
    read = type(built.state).model_validate(built.state.model_dump(mode="json"))
    return Built(read, dict(built.handled), built.weight)


class FakeShelves(FakeHistory):
    """Revisions in memory, many at once."""

    async def keep_all(self, revisions: Sequence[Revision]) -> None:
        for revision in revisions:
            await self.keep(revision)


def a_fact(event: BaseMessage, id: str, minutes: int = 0) -> Fact:
    return Fact(id=id, at=NOW + timedelta(minutes=minutes), data=event, size=len(event.model_dump_json()))


def facts() -> list[Fact]:
    """Return three postmortems' lives, one by one, and what is known of people."""
    found = []
    for n in range(3):
        id = postmortem_id("rebuilding", str(n))
        found += [event.model_copy(update={"postmortem_id": id}) for event in LIFE]
    return [a_fact(event, f"e-{n}", n) for n, event in enumerate((*found, *PEOPLE))]


FACTS = facts()


async def put_together(
    parts: Sequence[Sequence[Fact]], documents: int = 100, weight: int = 10**9
) -> tuple[dict[str, Known | None], FakeShelves]:
    scratch, shelves = {kind: FakeScratch() for kind in KINDS}, FakeShelves()
    rebuild = Rebuild(scratch, shelves, FixedClock(LATER), documents, weight)
    for part in parts:
        await rebuild.take(part)
        assert len(rebuild.recent.documents) <= documents
        assert rebuild.recent.weight <= weight
    await rebuild.flush()
    assert rebuild.failed == {}
    assert rebuild.recent.weight == 0
    return {key: built.state for each in scratch.values() for key, built in each.kept.items()}, shelves


def one_by_one() -> dict[str, Built]:
    built: dict[str, Built] = {}
    for fact in FACTS:
        built.setdefault(fact.key, Built()).hear(fact)
    return {key: _copy(each) for key, each in built.items()}


ONE_BY_ONE = one_by_one()


@given(
    st.permutations(FACTS),
    st.lists(st.sampled_from(FACTS), max_size=20),
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(0, 20_000),
)
async def test_facts_in_any_order_twice_and_in_parts_of_any_size_end_in_the_same_documents(
    order: list[Fact], again: list[Fact], size: int, documents: int, weight: int
) -> None:
    said = [*order, *again]
    parts = [said[n : n + size] for n in range(0, len(said), size)]
    states, shelves = await put_together(parts, documents, weight)
    assert states == {key: built.state for key, built in ONE_BY_ONE.items()}
    _, all_at_once = await put_together([FACTS])
    assert shelves.kept == all_at_once.kept


async def test_a_document_that_is_heard_of_again_and_again_is_read_back_only_when_it_was_away() -> None:
    scratch = {kind: FakeScratch() for kind in KINDS}
    rebuild = Rebuild(scratch, FakeShelves(), FixedClock(LATER))
    for fact in FACTS[: len(LIFE)]:
        await rebuild.take([fact])
    assert scratch["library"].loads == 1


async def test_what_subscribers_may_have_to_be_told_of_is_known_unless_the_gateway_has_heard_it() -> None:
    now = NOW + NEWS_FOR
    scratch = {kind: FakeScratch() for kind in KINDS}
    scratch["library"].served.add("heard")
    published = next(event for event in LIFE if isinstance(event, Published))
    batch = [
        a_fact(published, "old", -24 * 60),
        a_fact(published, "heard"),
        a_fact(published, "unheard"),
        a_fact(PEOPLE[0], "reviewer", 5),
    ]
    rebuild = Rebuild(scratch, FakeShelves(), FixedClock(now))
    assert await rebuild.unheard(batch) == {"unheard", "reviewer"}


async def test_a_fact_that_no_view_takes_is_left_out_and_named_and_all_others_are_taken() -> None:
    scratch = {kind: FakeScratch() for kind in KINDS}
    rebuild = Rebuild(scratch, FakeShelves(), FixedClock(LATER))
    broken = LIFE[0].model_copy(update={"report": None})
    await rebuild.take([a_fact(broken, "broken"), a_fact(LIFE[0], "whole")])
    await rebuild.flush()
    assert list(rebuild.failed) == ["broken"]
    assert list(scratch["library"].kept[PM].handled) == ["whole"]
