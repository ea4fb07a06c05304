"""When digests are sent, as the policy file says it, and that a wrong value is named before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.distribution.domain.digest.plan import Plan
from services.distribution.settings import Policy
from shared.settings import SettingError, load_policy
from tests.unit.distribution.sharing_fakes import BERLIN
from tests.unit.distribution.test_settings import GOOD

ZONED = GOOD.replace("[organisation]", '[organisation]\ntimezone = "Europe/Berlin"')


def read(tmp_path: Path, said: str) -> Policy:
    path = tmp_path / "afterword.toml"
    path.write_text(ZONED.replace("[[lists]]", f"{said}\n[[lists]]", 1), encoding="utf-8")
    return load_policy(path, Policy)


def test_without_a_word_it_is_monday_at_nine_for_who_chose_it(tmp_path: Path) -> None:
    assert read(tmp_path, "").plan() == Plan(day=0, hour=9, zone=BERLIN)


def test_day_hour_and_lists_are_said_in_the_organisation_s_zone(tmp_path: Path) -> None:
    said = '[distribution.digest]\nday = "fri"\nhour = 0\nlists = ["payments", "made-later"]'
    assert read(tmp_path, said).plan() == Plan(day=4, hour=0, zone=BERLIN, lists=("payments", "made-later"))


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ('day = "monday"', "distribution.digest.day"),
        ("hour = 24", "distribution.digest.hour"),
        ("hour = -1", "distribution.digest.hour"),
        ('lists = ["involved"]', "distribution.digest.lists"),
        ('list = ["payments"]', "distribution.digest.list"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, said: str, named: str) -> None:
    with pytest.raises(SettingError, match=named):
        read(tmp_path, f"[distribution.digest]\n{said}")


def test_no_list_can_have_the_name_that_the_digest_has(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="weekly/digest"):
        read(tmp_path, '[[lists]]\nname = "weekly/digest"')
