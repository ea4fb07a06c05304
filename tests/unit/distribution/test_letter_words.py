"""Both parts of a mail say the same, whatever people write."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.distribution.adapters.rendering import Rendered, Renderer
from services.distribution.domain.form import ReportForm
from tests.helpers.every_mail import ORGANISATION, TEMPLATES, URL, every_notice, every_report
from tests.helpers.strict_mail import checked, part_of
from tests.unit.distribution.fakes import approved

RENDERER = Renderer(ORGANISATION, URL, TEMPLATES)
WORD = re.compile(r"[^\W_]+")


class Shown(HTMLParser):
    """What a reader of the HTML gets: its words, the numbers of lists, and where links lead if that is not said."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.numbers: list[int | None] = []
        self.link: tuple[str, int] | None = None
        self.feed(page.partition("</head>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("ol", "ul"):
            self.numbers.append(int(dict(attrs).get("start") or 1) if tag == "ol" else None)
        elif tag == "li" and self.numbers[-1] is not None:
            self.text += f" {self.numbers[-1]}. "
            self.numbers[-1] += 1
        elif tag == "a":
            self.link = (dict(attrs).get("href") or "", len(self.text))
        elif tag not in ("em", "strong", "code"):
            self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "ul"):
            self.numbers.pop()
        elif tag == "a" and self.link:
            where, began = self.link
            self.text += f" {where} " if where and where != self.text[began:] else ""

    def handle_data(self, data: str) -> None:
        self.text += data


def words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


MAILS = every_report() | every_notice()


@pytest.mark.parametrize("name", MAILS)
def test_the_parts_of_every_kind_of_mail_have_the_same_words(name: str) -> None:
    message = checked(MAILS[name])
    assert words(part_of(message, "plain")) == words(Shown(part_of(message, "html")).text)


WORDS = st.from_regex(r"\A[a-zA-Zäöüß0-9Жж漢]{1,9}\Z", fullmatch=True).filter(lambda word: not word.isdigit())
LINKS = WORDS.map(lambda word: f"https://example.com/{word.encode('ascii', 'ignore').decode()}/x")
INLINE = st.one_of(
    WORDS,
    st.builds("**{}** {}".format, WORDS, WORDS),
    st.builds("*{}*".format, WORDS),
    st.builds("`{} {}`".format, WORDS, WORDS),
    st.builds("[{} {}]({})".format, WORDS, WORDS, LINKS),
    st.builds("![{}]({})".format, WORDS, LINKS),
    LINKS.map("<{}>".format),
)
LINE = st.lists(INLINE, min_size=1, max_size=6).map(" ".join)
CELL = st.lists(INLINE, min_size=1, max_size=2).map(" ".join)
BLOCK = st.one_of(
    LINE,
    LINE.map("### {}".format),
    LINE.map("> {}".format),
    st.lists(LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(f"- {line}" for line in lines)),
    st.builds(
        lambda lines, start: "\n".join(f"{start + n}. {line}" for n, line in enumerate(lines)),
        st.lists(LINE, min_size=1, max_size=3),
        st.integers(1, 50),
    ),
    st.lists(WORDS, min_size=1, max_size=3).map(lambda lines: "\n".join(("```", *lines, "```"))),
    st.lists(st.tuples(CELL, CELL), min_size=2, max_size=4).map(
        lambda rows: "\n".join(f"| {a} | {b} |" + ("\n|---|--:|" if n == 0 else "") for n, (a, b) in enumerate(rows))
    ),
    st.just("---"),
)
MARKDOWN = st.lists(BLOCK, min_size=1, max_size=5).map("\n\nbetween these\n\n".join)


def both(rendered: Rendered) -> tuple[list[str], list[str]]:
    return words(rendered.text), words(Shown(rendered.html).text)


@settings(max_examples=150, deadline=None)
@given(MARKDOWN, MARKDOWN)
def test_whatever_is_written_the_parts_have_the_same_words(overview: str, lessons: str) -> None:
    text, page = both(RENDERER.render(approved(report={"overview": overview, "lessons": lessons}), f"{URL}/bye"))
    assert text == page


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("abc123 \n\t*_`~[]()!<>#|-:+.\\'\"{}"), max_size=120))
def test_whatever_is_mistyped_no_letter_of_the_html_is_missing_in_the_text(written: str) -> None:
    rendered = RENDERER.render(approved(report={"overview": "O", "lessons": written}))
    text = iter("".join(words(rendered.text)))
    shown = re.sub(r"<[^>]*>", "", rendered.html.partition("</head>")[2])
    assert all(letter in text for letter in "".join(words(re.sub(r"&\w+;", "", shown))))


@pytest.mark.parametrize("form", [ReportForm.ATTACHED, ReportForm.LINK])
def test_short_mails_say_the_same_too(form: ReportForm) -> None:
    text, page = both(Renderer(ORGANISATION, URL, TEMPLATES, form).render(approved(), f"{URL}/bye"))
    assert text == page
