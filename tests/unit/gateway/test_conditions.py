"""ETags: a reader is told of every change, an edit fails only for a change of the text."""

from __future__ import annotations

import pytest

from services.gateway.domain import etags
from services.gateway.domain.view import View, project
from shared.contracts.commands import RevisePostmortem
from shared.contracts.events import DraftCreated, MeetingScheduled
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, is_problem

PATH = f"/v1/postmortems/{PM}"
DRAFT = a_draft(DraftCreated)
TAG = etags.etag(DRAFT, b"answer")
LATER = etags.etag(a_draft(DraftCreated, revision=2), b"answer")
MEETING = MeetingScheduled(
    postmortem_id=PM,
    uid="u",
    start=NOW,
    end=NOW,
    timezone="UTC",
    url="https://x.example.com",
    join_url="https://m.example.com",
    title="t",
    status="tentative",
    sequence=0,
)


@pytest.fixture
def door() -> Door:
    return Door(views={PM: project(View(id=PM), DRAFT, (NOW, "e-1"))})


async def read_tag(door: Door) -> str:
    return str((await door.send("GET", PATH, headers={"Accept-Encoding": "identity"})).headers["ETag"])


def meet(door: Door) -> None:
    door.views[PM] = project(door.views[PM], MEETING, (NOW, "e-2"))


@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '{} , "x"', 'W/"x",{}', "*", '"",{},'])
async def test_who_has_the_answer_is_told_that_nothing_changed(door: Door, form: str) -> None:
    tag = await read_tag(door)
    answer = await door.send("GET", PATH, headers={"If-None-Match": form.format(tag)})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"].removeprefix("W/") == tag
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("other", ['"x"', "x", '"1"', "", '"*"', LATER])
async def test_who_has_another_answer_gets_the_one_of_now(door: Door, other: str) -> None:
    assert (await door.send("GET", PATH, headers={"If-None-Match": other})).status_code == 200


async def test_a_meeting_changes_what_is_read_and_not_what_is_edited(door: Door) -> None:
    tag = await read_tag(door)
    meet(door)
    assert (await door.send("GET", PATH, headers={"If-None-Match": tag})).status_code == 200
    assert await read_tag(door) != tag
    answer = await door.send("PATCH", PATH, json={"title": "Better"}, headers={"If-Match": tag})
    assert answer.status_code == 200


async def test_the_tag_of_a_compressed_answer_is_another_and_as_good(door: Door) -> None:
    plain = await read_tag(door)
    answer = await door.send("GET", PATH, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    tag = answer.headers["ETag"]
    assert tag == plain[:-1] + '-gzip"'
    again = await door.send("GET", PATH, headers={"If-None-Match": tag, "Accept-Encoding": "gzip"})
    assert (again.status_code, again.headers["ETag"]) == (304, tag)
    edited = await door.send("PATCH", PATH, json={"title": "Better"}, headers={"If-Match": tag})
    assert edited.status_code == 200


@pytest.mark.parametrize("form", ["{}", '"x", {}', "{},W/{}", "*"])
async def test_an_edit_of_the_current_text_is_let_through(door: Door, form: str) -> None:
    tag = await read_tag(door)
    headers = {"If-Match": form.format(tag, tag)}
    assert (await door.send("PATCH", PATH, json={"title": "Better"}, headers=headers)).status_code == 200
    ((_, command),) = door.messages.said
    assert isinstance(command, RevisePostmortem)
    assert command.base_revision == 1


@pytest.mark.parametrize("stale", ['"1-0000000000000000"', '"x"', "x", "W/" + TAG, '"0-0000000000000000"', '"²-x"'])
async def test_an_edit_of_another_text_is_refused_with_the_current_revision(door: Door, stale: str) -> None:
    answer = await door.send("PATCH", PATH, json={"title": "Better"}, headers={"If-Match": stale.encode()})
    assert is_problem(answer, 412, "stale-revision", "If-Match")
    assert answer.json()["revision"] == 1
    assert door.messages.said == []


async def test_an_edit_of_what_is_not_there_is_no_question_of_conditions() -> None:
    for condition in ("*", TAG):
        answer = await Door().send("PATCH", PATH, json={"title": "x"}, headers={"If-Match": condition})
        assert is_problem(answer, 404, "unknown-postmortem")


def test_a_revision_that_the_library_does_not_know_yet_is_for_its_owner_to_judge() -> None:
    assert etags.base_meant([TAG], DRAFT) == (1, DRAFT.content_hash[:16], 0)
    for tags in ([LATER], ['"x"', LATER]):
        meant = etags.base_meant(tags, DRAFT)
        assert meant
        assert meant.revision == 2
    meant = etags.base_meant([LATER, TAG], DRAFT)
    assert meant
    assert meant.revision == 1
    assert etags.base_meant(['"' + "9" * 5000 + TAG[2:]], DRAFT) is None


def test_a_tag_from_before_it_named_tags_and_readers_is_good_for_the_text() -> None:
    digest = DRAFT.content_hash[:16]
    assert etags.base_meant([f'"1-{digest}-{"0" * 16}"'], DRAFT) == (1, digest, None)
    assert etags.base_meant([f'"1-{digest}-a7-{"0" * 16}-gzip"'], DRAFT) == (1, digest, 7)
    assert etags.base_meant([f'"1-{digest}-a07-{"0" * 16}"'], DRAFT) is None
    assert etags.base_meant(["*"], DRAFT) == (1, digest, 0)
