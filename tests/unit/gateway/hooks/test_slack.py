"""Messages for Slack: plain words, and nothing in a title that means something to it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.hooks import request, told
from services.gateway.domain.hooks.hook import TOLD
from services.gateway.domain.hooks.slack import SENTENCES, TENTATIVE, escaped
from shared.contracts import Message
from shared.contracts import events as said
from shared.messaging.topology import HEARS
from tests.helpers.builders import NOW, PM, a_draft
from tests.unit.gateway.hooks.sample import OPEN, PUBLIC, a_call, a_view, an_endpoint, story

PAGE = f"https://afterword.example.com/postmortems/{PM}"
CONTROL = re.compile(r"<[^>]*>")
"""What Slack takes for a link, a mention or a date."""


def message(event: Message) -> dict[str, Any]:
    endpoint, call = an_endpoint(format="slack"), a_call(event)
    data = told(call, a_view(*OPEN), endpoint.hook, PUBLIC)
    assert data
    sent = request(call, data, endpoint, NOW)
    assert sent.headers == {}
    body: dict[str, Any] = json.loads(sent.body)
    return body


def test_there_is_a_sentence_for_every_fact_that_can_be_told() -> None:
    assert set(SENTENCES) == set(TOLD) <= set(HEARS["gateway"])
    assert len(set(SENTENCES.values())) == len(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_a_message_has_a_text_to_fall_back_on_and_blocks(name: str) -> None:
    body = message(story(name))
    assert body["text"].startswith((f"{SENTENCES[name]}: ", f"{TENTATIVE}: "))
    section, context = body["blocks"]
    assert (section["type"], context["type"]) == ("section", "context")
    assert f"<{PAGE}|" in section["text"]["text"]
    assert all(each["verbatim"] for each in (section["text"], *context["elements"]))
    assert len(section["text"]["text"]) <= 3000
    assert re.match(r"SEV2 · (checkout · )?owner Olga Owner · revision \d", context["elements"][0]["text"])


def test_a_meeting_is_told_in_the_reader_s_own_time() -> None:
    text = message(story("MeetingScheduled.v1"))["blocks"][0]["text"]["text"]
    assert text.endswith("<!date^1772452800^{date_short_pretty}, {time}|2026-03-02 12:00 UTC>")


def test_a_time_that_is_only_held_is_told_as_such() -> None:
    held, sure = (message(each)["text"] for each in OPEN if each.name == "MeetingScheduled.v1")
    assert held.startswith("A time is held for a postmortem meeting: ")
    assert sure.startswith("There is a time for a postmortem meeting: ")


def test_a_publication_says_to_how_many_it_went() -> None:
    published = story("Published.v1")
    assert isinstance(published, said.Published)
    context = message(published.model_copy(update={"recipients": 12}))["blocks"][1]["elements"][0]["text"]
    assert context.endswith("· 12 recipients")


@pytest.mark.parametrize(
    "title", ["<!channel> look", "<@U123> & <#C1|x>", "x|y> <https://evil.example.com|z>", "@here"]
)
def test_a_title_calls_nobody_and_links_nowhere(title: str) -> None:
    body = message(a_draft(said.DraftCreated, title=title))
    assert CONTROL.findall(body["text"]) == []
    (link,) = CONTROL.findall(body["blocks"][0]["text"]["text"])
    assert link.startswith(f"<{PAGE}|")
    assert "@here" not in body["text"]


@given(st.text())
def test_what_is_escaped_has_no_character_of_its_own_that_means_something(text: str) -> None:
    line = escaped(text)
    assert not set(line) & set("<>|\n\r")
    assert re.sub(r"&(amp|lt|gt);", "", line).count("&") == 0
    assert not re.search(r"@\w", line)
