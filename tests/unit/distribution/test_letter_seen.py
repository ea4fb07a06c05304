"""Mails as Chromium shows them, if it is installed: nothing stands out of a narrow screen, and no words are faint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.chromium import CHROMIUM, SCREENS, Screen, measured
from tests.helpers.every_mail import every_mail
from tests.helpers.strict_mail import checked, part_of

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")
MAILS = every_mail()
LIGHT, DARK, NARROW, NARROW_DARK = SCREENS
SEEN = [
    *(("report-correction", screen) for screen in SCREENS),
    ("report-restricted", NARROW_DARK),
    ("report-attached", NARROW),
    ("notice-review_again-sample-22-restricted", NARROW),
    ("notice-meeting_invitation-sample-31", NARROW_DARK),
]


def assert_seen(page: str, screen: Screen, folder: Path) -> None:
    found = measured(page, screen, folder)
    assert found["width"] == found["wide"] == screen.width
    assert found["over"] == []
    assert found["faint"] == []
    assert found["narrowest"] > 50


@pytest.mark.parametrize(("name", "screen"), SEEN, ids=[f"{name} {screen.name}" for name, screen in SEEN])
def test_a_mail_fits_and_is_read_without_effort(name: str, screen: Screen, tmp_path: Path) -> None:
    assert_seen(part_of(checked(MAILS[name]), "html"), screen, tmp_path)


def test_a_file_beside_a_mail_fits_too(tmp_path: Path) -> None:
    (file,) = checked(MAILS["report-attached"]).iter_attachments()
    assert_seen(file.get_content(), NARROW, tmp_path)


def test_what_is_measured_is_noticed(tmp_path: Path) -> None:
    page = '<body style="margin:0"><p style="width:500px">x</p><i style="color:#ccc">x</i><table><td>x</table>'
    found = measured(page, NARROW, tmp_path)
    assert found["wide"] == 500
    assert len(found["over"]) == 1
    assert len(found["faint"]) == 1
    assert found["narrowest"] < 50
