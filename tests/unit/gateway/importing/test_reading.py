"""What is understood of a file: title, dates, severity, services, people, sections; and which files are not read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.gateway.domain.importing import BadFile, Defaults, Reading, read_file, text_of
from services.gateway.domain.importing.words import section_of, severity_of
from services.gateway.handlers.imports import PostmortemToImport
from shared.contracts.base import Severity
from tests.helpers.postmortem_files import STYLES, a_story


def read(text: str, path: str = "a.md", **defaults: Any) -> Reading:
    return read_file(path, text, Defaults(**defaults))


def sections(reading: Reading) -> dict[str, str]:
    return {each.name: each.text for each in reading.sections}


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("number", range(0, 40, 7))
def test_every_common_style_is_read_into_what_the_api_takes(style: str, number: int) -> None:
    story = a_story(number)
    reading = read(STYLES[style](story), f"{story.day}-{number}.md")
    PostmortemToImport.model_validate(reading.body())
    assert (reading.published_at or reading.started_at) is not None
    assert story.service in reading.title.casefold()
    assert story.word in " ".join(sections(reading).values())
    assert "overview" in sections(reading)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The pool ran out\n\n## Summary\n", "The pool ran out"),
        ("The pool ran out\n====\n", "The pool ran out"),
        ("---\ntitle: From above\n---\n# From above\n", "From above"),
        ("---\ntitle: From above\n---\n# Something else\n\n## Impact\n", "From above"),
        ("# **Bold** and [linked](https://example.com) `code`\n", "Bold and linked code"),
        ("# Summary\n\nx\n\n# Impact\n\ny\n", "Checkout outage"),
        ("Only a sentence. And more of it.\n", "Checkout outage"),
        ("The pool ran out\n\nIt was small.\n", "The pool ran out"),
        ("## The pool ran out\n\n### Impact\n", "The pool ran out"),
    ],
)
def test_a_title_is_the_front_matter_s_else_the_first_heading_s_else_the_file_s_name(text: str, title: str) -> None:
    assert read(text, "2021/2021-03-04-checkout_outage.md").title == title


def test_a_heading_that_says_more_than_the_title_above_stays_in_the_text() -> None:
    assert (
        "Something else"
        in sections(read("---\ntitle: From above\n---\n# Something else\n\n## Impact\n\nx\n"))["overview"]
    )


@pytest.mark.parametrize(
    ("above", "path", "started", "published"),
    [
        ("date: 2021-03-04", "a.md", "2021-03-04", None),
        ("incident_date: March 4th, 2021\npublished: 2021-03-09", "a.md", "2021-03-04", "2021-03-09"),
        ("Start-Time: 2021-03-04T09:14:00+01:00", "a.md", "2021-03-04 08:14", None),
        ("x: y", "2021-03-09-a.md", None, "2021-03-09"),
        ("x: y", "2021/20210309_a.md", None, "2021-03-09"),
        ("date: 03/04/2021", "a.md", None, None),
        ("date: 2021-03-04 09:14 PST", "a.md", None, None),
        ("date: 2021-02-31", "a.md", None, None),
    ],
)
def test_dates_are_read_when_they_mean_one_day(
    above: str, path: str, started: str | None, published: str | None
) -> None:
    reading = read(f"---\n{above}\n---\n# T\n", path)
    assert reading.started_at == (day(started) if started else None)
    assert reading.published_at == (day(published) if published else None)


def test_what_is_not_read_is_warned_of_with_what_to_write_and_stays_in_the_text() -> None:
    reading = read("# T\n\nDate: 03/04/2021\nSeverity: catastrophe?\nStatus: draft\n")
    assert [warning.partition(":")[0] for warning in reading.warnings] == [
        "the date '03/04/2021' is not read",
        "the severity 'catastrophe?' is not known",
        "its status is 'draft'; it is imported as published all the same",
    ]
    assert "03/04/2021" in sections(reading)["overview"]


@pytest.mark.parametrize(
    ("words", "severity"),
    [
        ("SEV-2 (major)", "sev2"),
        ("sev 1", "sev1"),
        ("P0", "sev1"),
        ("P3", "sev3"),
        ("Severity 4", "sev4"),
        ("Critical", "sev1"),
        ("2", "sev2"),
        ("fairly high, I guess", "sev2"),
        ("8", None),
        ("", None),
    ],
)
def test_severities_go_by_level_or_by_word(words: str, severity: str | None) -> None:
    assert severity_of(words) == (Severity(severity) if severity else None)


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Executive Summary", "overview"),
        ("3. Root Cause(s)", "contributing_factors"),
        ("The Timeline", "timeline"),
        ("⏱ Timeline (all times in UTC)", "timeline"),
        ("What didn't go well?", "what_did_not_go_well"),
        ("What went well", "what_went_well"),
        ("Where we got lucky 🍀", "where_we_got_lucky"),
        ("TL;DR", "overview"),
        ("Follow-ups", "action_items"),
        ("Detection", "detection"),
        ("Recovery", "resolution"),
        ("A sentence that is much longer than any heading and has an impact", None),
        ("Etymology", None),
    ],
)
def test_headings_go_by_what_people_call_the_parts(heading: str, name: str | None) -> None:
    assert section_of(heading) == name


def test_sections_keep_their_own_headings_and_those_of_no_known_part_their_place() -> None:
    reading = read(
        "# T\n\n## Etymology\n\na\n\n## Root Cause\n\nb\n\n### Deeper\n\nc\n\n## Trigger\n\nd\n\n## 東京\n\ne\n"
    )
    assert [(each.name, each.title) for each in reading.sections] == [
        ("etymology", "Etymology"),
        ("contributing_factors", "Root Cause"),
        ("section_4", "東京"),
    ]
    assert sections(reading)["contributing_factors"] == "b\n\n### Deeper\n\nc\n\n### Trigger\n\nd\n"


def test_people_are_read_with_their_parts_and_addresses() -> None:
    owner, authors = "Ada Moreno <Ada@Example.com>", "[{name: Chen Li, email: chen@example.com}, '@dina']"
    people = read(f"---\nowner: {owner}\nauthors: {authors}\n---\n# T\n").people
    assert [(each.name, each.email, each.role) for each in people] == [
        ("Ada Moreno", "ada@example.com", "owner"),
        ("Chen Li", "chen@example.com", "author"),
        ("@dina", None, "author"),
    ]


def test_services_and_tags_are_those_of_the_file_and_those_given() -> None:
    reading = read(
        "# T\n\n- Services: checkout, payments and search\n- Tags: `dns`\n", services=("web", "search"), tags=("old",)
    )
    assert reading.services == ("checkout", "payments", "search", "web")
    assert reading.tags == ("dns", "old")


def test_a_severity_that_is_given_holds_for_files_without() -> None:
    assert read("# T\n", severity=Severity.SEV4).severity == Severity.SEV4
    assert read("# T\n\nSeverity: sev1\n", severity=Severity.SEV4).severity == Severity.SEV1


def test_a_file_goes_by_its_own_id_else_by_its_address_else_by_its_path() -> None:
    texts = (
        "---\nid: PM-7\nurl: https://x.example.com/7\n---\n",
        "---\nurl: https://x.example.com/7\n---\n",
        "id: PM-7\n\n",
    )
    assert [read(f"{text}# T\n", "2021/a.md").source for text in texts] == [
        "PM-7",
        "https://x.example.com/7",
        "2021/a.md",
    ]
    assert read("# T\n", "Gro\u0308ße.md").source == read("# T\n", "Gr\u00f6ße.md").source


def test_front_matter_stays_readable_as_it_was_written() -> None:
    reading = read("---\ntitle: T\nodd: [a, {b: c}] # why\n---\nx\n")
    assert sections(reading)["front_matter"] == "```\ntitle: T\nodd: [a, {b: c}] # why\n```\n"


def test_links_that_are_defined_elsewhere_in_the_file_go_with_the_section_that_uses_them() -> None:
    reading = read("# T\n\n## Impact\n\nSee [the log][1].\n\n## Notes\n\nx\n\n[1]: https://example.com/log\n")
    assert "[1]: https://example.com/log" in sections(reading)["impact"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b" \n\t\n", "it is empty"),
        (b"# Gr\xf6\xdfe\n", "it is not UTF-8 (line 1, byte 5); save it as UTF-8"),
        (b"\xff\xfe#\x00", "it is UTF-16; save it as UTF-8"),
        (b"\x89PNG\x00", "it is binary; only text is imported"),
    ],
)
def test_what_is_no_text_is_refused_with_what_to_do(content: bytes, why: str) -> None:
    with pytest.raises(BadFile) as refused:
        text_of(content)
    assert str(refused.value) == why


def test_a_byte_order_mark_is_no_word() -> None:
    assert text_of(b"\xef\xbb\xbf# T\n") == "# T\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\ntitle: T\n\n# T\n", "begins with `---` and never ends"),
        ("---\ntitle: [T\n---\n", "is no YAML, line"),
        ("---\na: &a [x]\nb: [*a, *a]\n---\n", "has an alias"),
        ("+++\ntitle = T\n+++\n", "is no TOML"),
        ("---\n# only a remark\njust words\n---\n", "has no fields"),
        ("---\ntitle: T\n" + "x: y\n" * 20_000 + "---\n", "64,000 are the most"),
    ],
)
def test_broken_front_matter_is_refused_with_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(BadFile, match="front matter") as refused:
        read(text)
    assert why in str(refused.value)


def test_a_line_across_the_page_is_no_front_matter() -> None:
    assert sections(read("---\n\nwords\n\n---\n"))["overview"] == "---\n\nwords\n\n---\n"
