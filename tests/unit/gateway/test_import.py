"""Markdown out and in again: the same to the byte, whatever stands in the sections; what is not read says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateway.domain.document import Document, markdown, titles
from services.gateway.domain.fitting import fitted
from services.gateway.domain.imported import Imported, Unreadable, decoded, read
from services.gateway.domain.lines import headings, one_line, read_heading, written_heading
from shared.contracts.base import Severity
from shared.contracts.events import Snapshot
from shared.contracts.values import IncidentKind, TimelineEntry
from tests.helpers.builders import NOW, a_draft

URL = "https://afterword.example.com/postmortems/1"
ENTRY = TimelineEntry(id="t-1", at=NOW, text="5xx | up\n## no heading", kind=IncidentKind.NOTE, source="pagerduty")
POSTMORTEMS = sorted(Path(__file__).with_name("postmortems").glob("*.md"))

LINES = st.sampled_from(
    r"""# a|## b|## Impact|### c|###### f|  ## in|    ## code|---|===|```|~~~~|````python|    code|<!--|-->|<div>|</div>
<script>|<pre>|<?x|<!X|<![CDATA[|<a|- item|- ## li|> # q|> ```|1. x|[x]: /u|text  |  ||\|#|##|## ##|# #|𝄞""".replace(
        "\n", "|"
    ).split("|")
) | st.sampled_from(
    ("| a | b |", "|---|---|", "| 1 | 2", "Set\n===", "Se\nt\\\n---", "Foo #\n--", "a\0b", "é\u2028x", "\tc")
)
MARKDOWN = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r", "\n\n"])).map("".join), max_size=12)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TEXTS = MARKDOWN.map("".join) | ANY | st.text("#=-`~<>! \n\r\tab|[]:\\*", max_size=40)
WORDS = ANY.map(str.strip).filter(bool) | st.sampled_from(["# x", "x #", "\\#", "#", "```", "a, b", "not known", "a\\"])
NAMES = st.sampled_from(["overview", "impact", "a_b", "a__b", "recorded_events", "timeline"])


def of(report: dict[str, str], **fields: Any) -> Snapshot:
    snapshot: Snapshot = a_draft(Snapshot, report=report, **fields)
    return snapshot


def exported(draft: Snapshot) -> str:
    return markdown(Document(draft=draft, timeline=(ENTRY,), url=URL))


def with_all_of(draft: Snapshot, said: Imported) -> Snapshot:
    """Return a draft of which everything is written anew as a document says it."""
    empty = draft.model_copy(update={"report": dict.fromkeys(draft.report, ""), "services": (), "title": "Other"})
    told = said.named()
    texts = told.pop("sections", {})
    return empty.model_copy(update={**told, "report": {**empty.report, **texts}})


def read_again(text: str, draft: Snapshot) -> Imported:
    return read(decoded(text.encode()), draft)


@settings(max_examples=200)
@given(st.dictionaries(NAMES, TEXTS, min_size=1), WORDS, st.lists(WORDS, max_size=3))
def test_out_in_and_out_again_is_the_same_to_the_byte(report: dict[str, str], title: str, services: list[str]) -> None:
    draft = of(report, title=title, services=tuple(services))
    first = exported(draft)
    said = read_again(first, draft)

    assert set(said.sections) == set(report)
    assert exported(with_all_of(draft, said)) == first
    assert said.unlike(draft) == Imported()


@settings(max_examples=200)
@given(TEXTS)
def test_a_text_that_fits_already_stays_as_it_is_and_no_section_begins_or_swallows_another(text: str) -> None:
    fits = fitted(text)

    assert fitted(fits) == fits
    assert {heading.level for heading in headings(fits)} <= {3, 4, 5, 6}
    assert [heading.words for heading in headings(f"## a\n\n{fits}\n\n## b\n") if heading.level == 2] == ["a", "b"]


@given(ANY | st.text("# \\a\t", max_size=9))
def test_a_heading_is_read_as_it_was_written(words: str) -> None:
    (heading,) = headings(written_heading(2, one_line(words)))
    assert read_heading(heading.words) == one_line(words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n\n    code first\n\n", "    code first"),
        ("two spaces at the end  \n", "two spaces at the end  "),
        ("a\r\nb\r\n", "a\r\nb"),
        ("# One\n\n## Two\n\n##### Five\n", "### One\n\n#### Two\n\n###### Five"),
        ("Under\nlined\n---\n", "### Under lined"),
        ("### Fine\n", "### Fine"),
        ("```sh\n# no heading\n```\n", "```sh\n# no heading\n```"),
        ("````\n## open", "````\n## open\n````"),
        ("<!-- never closed\n## x", "<!-- never closed\n## x\n-->"),
        ("<pre>\n\n## x", "<pre>\n\n## x\n</pre>"),
        ("> ## quoted\n\n- ## listed\n", "> ## quoted\n\n- ## listed"),
        ("a\x00b", "a\N{REPLACEMENT CHARACTER}b"),
        (" \n\t\n", ""),
    ],
)
def test_a_section_stands_in_a_document_like_this(text: str, expected: str) -> None:
    assert fitted(text) == expected


def test_no_two_sections_have_titles_that_are_read_alike() -> None:
    assert titles(of({"a_b": "", "a__b": "", "recorded_events": ""})) == {
        "a_b": "A b",
        "a__b": "A  b (a__b)",
        "recorded_events": "Recorded events (recorded_events)",
    }


def test_the_same_line_stands_in_no_export_twice_when_a_section_is_emptied_or_is_the_timeline() -> None:
    written = exported(of({"overview": "", "timeline": "09:14 slow\n", "impact": "None.\n"}))
    told = [line for line in written.splitlines() if line.startswith("#")]
    assert told == ["# Checkout answers slowly", "## Overview", "## Timeline", "## Impact", "## Recorded events"]
    assert "\n\n\n" not in written


DRAFT = of({"overview": "Slow.\n", "impact": "None.\n", "what_happened": "Much.\n"}, services=("checkout", "a, b"))


def test_what_a_document_does_not_name_stays_as_it_is_and_an_empty_section_is_emptied() -> None:
    said = read_again("## impact \n\n413 orders.\n\n### Whose\n\nOurs.\n\nOverview\n--------\n", DRAFT)
    assert said == Imported(sections={"impact": "413 orders.\n\n### Whose\n\nOurs.\n", "overview": ""})


def test_title_severity_and_services_are_read_where_they_stand() -> None:
    head = (
        "\ufeff# Search  answers\n\n- Severity: sev1\n* Services: search, a\\, b\n- Owner: Somebody Else\n\n## Impact\n"
    )
    said = read_again(head, DRAFT)
    assert (said.title, said.severity, said.services) == ("Search answers", Severity.SEV1, ("search", "a, b"))


def test_only_what_differs_from_what_was_exported_is_a_change() -> None:
    edited = exported(DRAFT).replace("None.", "413 orders.").replace("SEV2", "SEV1")
    assert read_again(edited, DRAFT).unlike(DRAFT).named() == {
        "severity": Severity.SEV1,
        "sections": {"impact": "413 orders.\n"},
    }


def test_of_a_copy_that_says_exactly_what_it_is_every_space_counts() -> None:
    said = Imported(sections={"impact": "None.", "overview": "Slow.\n"}, exact=True)
    assert said.unlike(DRAFT).sections == {"impact": "None."}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "there is no heading"),
        ("\n\nHello\n\n## Impact\n", 3, "before the first heading"),
        ("# T\n\nHello\n\n## Impact\n", 3, "put others into a section"),
        ("# T\n\n- Colour: red\n", 3, "put others into a section"),
        ("# T\n\n- Severity: high\n", 3, "'high' is no severity; write one of SEV1, SEV2"),
        ("#\n\n## Impact\n", 1, "a title has 1 to 300 characters"),
        (f"# {'x' * 301}\n", 1, "a title has 1 to 300 characters"),
        (f"# T\n- Services: {'x' * 201}\n", 2, "each of 200 characters"),
        ("## Impact\n\nx\n\n## Impakt\n", 5, "there is no section 'Impakt'; there are Overview, Impact, What happened"),
        ("## Impact\n\nx\n---\n", 3, "there is no section 'x'"),
        ("## Impact\n\n## IMPACT\n", 3, "began in line 1 already; join them"),
        ("# T\n\n## Impact\n\n# U\n", 5, "a second title"),
        ("## Impact\n\n" + "x" * 100_000, 1, "has 100,000 characters"),
        ("## Impact\r\n\r\na\x0cb\r\n", 3, "U+000C; take it out"),
    ],
)
def test_what_is_not_read_names_the_line_and_what_to_do(text: str, line: int, words: str) -> None:
    with pytest.raises(Unreadable, match=f"^Line {line}: ") as caught:
        read_again(text, DRAFT)
    assert words in str(caught.value)


@pytest.mark.parametrize(("body", "line"), [(b"## Impact\n\n caf\xe9", 3), ("## Impact".encode("utf-16"), 1)])
def test_another_encoding_than_utf_8_is_named(body: bytes, line: int) -> None:
    with pytest.raises(Unreadable, match=f"^Line {line}: .* is no UTF-8; save the file as UTF-8"):
        decoded(body)


@pytest.mark.parametrize("file", POSTMORTEMS, ids=lambda file: file.stem)
def test_postmortems_as_they_are_published_come_out_as_they_went_in(file: Path) -> None:
    text = decoded(file.read_bytes())
    names = [read_heading(heading.words) for heading in headings(text) if heading.level == 2]
    draft = of({name.lower().replace(" ", "_"): "" for name in names})
    said = read(text, draft)
    first = exported(with_all_of(draft, said))

    assert len(said.sections) == len(names) >= 4
    for body in said.sections.values():
        assert body.rstrip("\n") in text
    assert exported(with_all_of(draft, read_again(first, draft))) == first


def test_there_are_twenty_of_them() -> None:
    assert len(POSTMORTEMS) == 20
