"""Bodies that are put together from a frame are those that the standard library makes, byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.distribution.adapters.body import PLACES, CalendarPart, built, multipart
from services.distribution.adapters.rendering import ReportFile

ODD = [
    "",
    "\n",
    "a",
    "a\n",
    "a\r\nb\rc\n\nd",
    " \t",
    "=_=3D",
    "é" * 200,
    "x" * 999,
    "\x0b\x0c\x1c\x85\u2028",
    "🧯 =\n.\nFrom x",
]
ODD += [*PLACES, "\0", "\n".join(PLACES)]
TEXTS = st.one_of(st.sampled_from(ODD), st.text(st.characters(exclude_categories=["Cs"])))


@given(TEXTS, TEXTS, TEXTS, st.sampled_from([None, "REQUEST", "CANCEL"]))
def test_a_body_is_what_the_library_would_make_of_it(text: str, html: str, told: str, method: str | None) -> None:
    calendar = CalendarPart(method, told) if method else None
    assert multipart(text, html, "cause", calendar) == built(text, html, "cause", calendar)


def test_a_body_with_a_file_is_one_too() -> None:
    given = ("text", "<p>html</p>", "cause", None, ReportFile("report.html", "html", "<p>file</p>"))
    assert multipart(*given) == built(*given)


def test_what_no_mail_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        multipart("\ud800", "html", "cause")
