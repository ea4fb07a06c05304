"""The HTML of a mail: does nothing, fetches nothing, and is readable everywhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from services.distribution.adapters.markdown import TAGS
from services.distribution.adapters.rendering import Renderer
from tests.unit.distribution.fakes import approved

RENDERER = Renderer("Example <Inc.>", "https://afterword.example.com")
ALLOWED = {"html", "head", "meta", "title", "style", "body", "div"} | TAGS


class Tags(HTMLParser):
    """Collects what a mail program would act on, not what it would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.shown = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.shown += data


def html(text: str = "x") -> str:
    return RENDERER.render(approved(report={"overview": "O", "what_happened": text})).html


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://tracker.example.com/p.gif)",
    "![][p]\n\n[p]: https://tracker.example.com/p.gif",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "<iframe src=https://tracker.example.com></iframe>",
    "<style>@import 'https://tracker.example.com/x.css';</style>",
    "<link rel=stylesheet href=https://tracker.example.com/x.css>",
    '<a href="https://example.com" onclick="alert(1)" style="background:url(https://tracker.example.com)">x</a>',
    '[x](https://example.com "t\\" onmouseover=alert(1) x=\\"")',
    "[x](https://example.com/\"onmouseover='alert(1)')",
    "</div></body><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    "```<img/src/onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```",
    "| <svg onload=alert(1)> |\n|---|\n| <math><mtext></table><img src onerror=alert(1)> |",
    "<form action=https://tracker.example.com><input name=password>",
    "<!--><script>alert(1)</script>-->",
]


def test_no_tag_that_may_be_written_fetches_or_asks_for_anything() -> None:
    assert not TAGS & {"img", "script", "style", "iframe", "form", "input", "link", "svg", "object", "video", "base"}


def assert_inert(page: str) -> None:
    for tag, attributes in Tags(page).tags:
        assert tag in ALLOWED
        names = set(attributes) - {"class", "style", "lang", "dir", "charset", "name", "content", "scope", "start"}
        assert names <= {"href", "title", "rel"} if tag == "a" else not names
        assert attributes.get("href", "https://").startswith(("https://", "http://", "mailto:"))
        assert "url(" not in attributes.get("style", "")
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert "tracker" not in style


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_is_written_into_a_section_does_anything(payload: str) -> None:
    assert_inert(html(payload))


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if "\n" not in p and "\t" not in p])
def test_nothing_that_is_written_into_title_summary_or_names_does_anything(payload: str) -> None:
    page = RENDERER.render(
        approved(title=payload, services=(payload[:200],), report={"overview": payload, "lessons": payload})
    ).html
    assert_inert(page)
    assert [tag for tag, _ in Tags(page).tags].count("title") == 1


def test_no_picture_is_fetched_and_its_words_are_no_loss_to_the_text() -> None:
    report = approved(report={"overview": "![the graph](https://example.com/graph.png)"})
    rendered = RENDERER.render(report)
    assert "<img" not in rendered.html.partition('<p class="facts"')[2]
    assert "![the graph](https://example.com/graph.png)" in rendered.text


def test_links_say_nothing_of_whom_they_come_from() -> None:
    links = [a for tag, a in Tags(html("[x](https://example.com/a?b=1&c=2) <mailto:a@example.com>")).tags if tag == "a"]
    (link,) = [a for a in links if a["href"] == "https://example.com/a?b=1&c=2"]
    assert link["rel"] == "noopener noreferrer nofollow"
    assert any(a["href"] == "mailto:a@example.com" for a in links)


def test_what_people_use_survives() -> None:
    page = html(
        "| Time | What |\n|:---|---|\n| 10:00 | *slow* |\n\n1. one\n2. two\n\n> said\n\n```sh\nls <x>\n```\n\n**bold**"
    )
    tags = [tag for tag, _ in Tags(page).tags]
    for tag in ("table", "thead", "tbody", "tr", "th", "td", "em", "ol", "li", "blockquote", "pre", "code", "strong"):
        assert tag in tags
    assert "ls &lt;x&gt;" in page


def test_styles_stand_at_the_elements_for_programs_that_drop_the_head() -> None:
    styles = {tag: a.get("style", "") for tag, a in Tags(html("| a |\n|---|\n| b |")).tags}
    assert "border-collapse" in styles["table"]
    assert "border" in styles["td"]
    assert "overflow-x" in styles["div"]
    assert 'class="page" style="max-width' in html()
    assert "font" in styles["body"]
    assert "color" in styles["a"]


def test_dark_rooms_and_small_screens_are_thought_of() -> None:
    page = html()
    head = page.partition("</head>")[0]
    assert "@media (prefers-color-scheme: dark)" in head
    assert "@media (max-width: 600px)" in head
    metas = {a["name"]: a["content"] for tag, a in Tags(page).tags if tag == "meta" and "name" in a}
    assert metas["color-scheme"] == "light dark"
    assert metas["viewport"] == "width=device-width, initial-scale=1"


def test_the_house_is_named_as_text() -> None:
    assert "Example <Inc.> shares" in Tags(html()).shown


OWN = ({"name": "overview", "title": "In <b>short</b>"}, {"name": "told", "title": "Told & shown", "part": "external"})


def test_headings_are_the_template_s_and_harmless_and_what_customers_are_told_comes_last_and_is_marked() -> None:
    report = {"told": "**Sorry.**", "overview": "O"}
    rendered = RENDERER.render(approved(report=report, sections=OWN, severity_label="Critical <1>"))
    assert rendered.subject.endswith("(Critical <1>)")
    assert "<h2" in rendered.html
    assert "In &lt;b&gt;short&lt;/b&gt;" in rendered.html
    assert "Critical &lt;1&gt;" in rendered.html
    for body, headings in (
        (rendered.text, ("IN <B>SHORT</B>", "FOR CUSTOMERS", "TOLD & SHOWN", "**Sorry.**")),
        (rendered.html, ("In &lt;b&gt;", "For customers", "Told &amp; shown", "<strong>Sorry.</strong>")),
    ):
        places = [body.index(heading) for heading in headings]
        assert places == sorted(places)


def test_a_report_from_before_templates_were_kept_has_its_old_headings() -> None:
    rendered = RENDERER.render(approved(report={"what_happened": "First.\n\nSecond.", "external_message": "Told."}))
    assert rendered.subject.endswith("(SEV2)")
    assert "WHAT HAPPENED" in rendered.text
    assert rendered.text.index("FOR CUSTOMERS") < rendered.text.index("EXTERNAL MESSAGE")
    assert '<div class="summary"' in rendered.html
    assert rendered.text.strip().startswith("First.")  # where there is no overview, the first section sums it up


def test_a_report_without_words_for_customers_says_nothing_of_them() -> None:
    rendered = RENDERER.render(approved(report={"overview": "O", "told": " "}, sections=OWN))
    assert "FOR CUSTOMERS" not in rendered.text
    assert "For customers" not in rendered.html


def test_tables_say_what_their_heads_are_for_and_scroll_by_themselves() -> None:
    page = html("| a | b |\n|---|--:|\n| c | d |")
    assert [a.get("scope") for tag, a in Tags(page).tags if tag == "th"] == ["col", "col"]
    assert "text-align: right" in next(a["style"] for tag, a in Tags(page).tags if tag == "td" and "class" in a)
    assert re.search(r'<div class="wide" style="[^"]*overflow-x: auto[^"]*"><table', page)


def test_headings_of_a_section_stand_below_its_own_and_numbers_go_on_where_they_were_begun() -> None:
    page = html("# one\n\n##### five\n\n4. four\n5. five").partition("What happened")[2]
    assert [tag for tag, _ in Tags(page).tags if tag in ("h1", "h2", "h3", "h4")] == ["h3", "h4"]
    assert next(a for tag, a in Tags(page).tags if tag == "ol")["start"] == "4"


@pytest.mark.parametrize(
    ("written", "links", "shown"),
    [
        ("![the graph](https://example.com/g.png)", ["https://example.com/g.png"], "the graph"),
        ("![](https://example.com/g.png)", ["https://example.com/g.png"], "https://example.com/g.png"),
        ("[![the *graph*](https://example.com/g.png)](https://example.com)", ["https://example.com"], "the graph"),
        ("![the graph](g.png)", [None], "the graph"),
    ],
)
def test_an_image_is_a_link_to_it(written: str, links: list[str | None], shown: str) -> None:
    page = Tags(html(f"{written}\n\nafter").partition("What happened")[2].partition("after")[0])
    assert [a.get("href") for tag, a in page.tags if tag == "a"] == links
    assert page.shown.strip().removeprefix("</h2>").strip() == shown


def test_words_may_run_from_right_to_left() -> None:
    page = html("words\n\n- words\n\n| words |\n|---|\n| words |")
    tags = [(tag, a) for tag, a in Tags(page).tags if tag in ("h1", "h2", "li", "th", "td")]
    assert len(tags) > 5
    assert all(a["dir"] == "auto" for _, a in tags)
    assert '<html lang="en"' in page
