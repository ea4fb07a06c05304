"""Whatever a file says is in what is imported of it: no word is lost, and nothing of it is too much for the API."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.gateway.domain.importing import BadFile, Defaults, Reading, read_file
from services.gateway.domain.importing.sections import LONGEST_TEXT, said
from services.gateway.handlers.imports import PostmortemToImport

WORDS = st.sampled_from(
    (
        *(
            "Summary",
            "Root cause",
            "Timeline",
            "pool",
            "ran **out**",
            "[a link](https://example.com/x)",
            "`code`",
            "*so*",
        ),
        *("09:14 UTC alert", "Impact", "What went well?", "Größe", "東京", "مرحبا", "🔥", "<b>bold</b>", "a_b", "\\#"),
    )
)
LINES = st.one_of(
    st.builds(lambda n, words: f"{'#' * n} {words}", st.integers(1, 7), WORDS),
    st.builds(lambda words: f"**{words}**", WORDS),
    st.builds(lambda mark, words: f"{mark}{words}", st.sampled_from(["- ", "1. ", "> ", "    ", "", "\t"]), WORDS),
    st.builds(lambda name, words: f"{name}: {words}", st.sampled_from(["Date", "Severity", "**Owner**"]), WORDS),
    st.builds(lambda a, b: f"| {a} | {b} |", WORDS, WORDS),
    st.sampled_from(
        ["", "---", "===", "```", "~~~", "|---|---|", "<!--", "-->", "<script>", "[1]: https://example.com/1"]
    ),
)
TEXTS = st.lists(LINES, min_size=1, max_size=30).map("\n".join)
ABOVE = st.sampled_from(["", "---\ntitle: Pool\ndate: 2021-03-04\nodd: [a, b]\n---\n", "+++\ntitle = 'Pool'\n+++\n"])


def kept(reading: Reading) -> str:
    return "\n".join([reading.title, *(f"{each.title}\n{each.text}" for each in reading.sections)])


@settings(max_examples=150)
@given(ABOVE, TEXTS)
@example("", "# Summary\n## Summary\n# Summary")
@example("---\ntitle: Pool\n---\n", "# Pool **party**\n## Impact")
def test_every_word_of_a_file_is_in_what_is_imported(above: str, text: str) -> None:
    try:
        reading = read_file("2021/a.md", above + text, Defaults())
    except BadFile:
        return
    assert not said(above.replace("---", "").replace("+++", "") + text) - said(kept(reading))
    PostmortemToImport.model_validate(reading.body())


@given(ABOVE, st.text(max_size=300))
def test_any_text_at_all_is_refused_or_read_into_what_the_api_takes(above: str, text: str) -> None:
    with suppress(BadFile):
        PostmortemToImport.model_validate(read_file("a.md", above + text, Defaults()).body())


def test_a_long_section_becomes_several_and_a_thousand_headings_stay_few() -> None:
    long = read_file("a.md", "# T\n\n## Impact\n\n" + "word \n" * 60_000, Defaults())
    assert max(len(each.text) for each in long.sections) <= LONGEST_TEXT
    assert said(kept(long))["word"] == 60_000
    assert [each.name for each in long.sections][:3] == ["impact", "impact_2", "impact_3"]
    many = read_file("a.md", "# T\n" + "".join(f"## Heading {n}\n\ntext{n}\n" for n in range(1_000)), Defaults())
    assert len(many.sections) <= 100
    assert "text999" in kept(many)
    PostmortemToImport.model_validate(many.body())


def test_a_title_of_ten_thousand_characters_is_cut_and_stands_whole_in_the_text() -> None:
    title = " ".join(f"word{n}" for n in range(1_500))
    reading = read_file("a.md", f"# {title}\n\ntext\n", Defaults())
    assert len(reading.title) <= 300
    assert title in kept(reading)
    PostmortemToImport.model_validate(reading.body())
