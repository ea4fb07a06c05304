"""What an organisation says about the check, in its policy file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.drafting.app import guidance
from services.drafting.domain import Guidance
from services.drafting.settings import Policy
from shared.settings import SettingError, load_policy
from tests.helpers.builders import PM
from tests.helpers.lookalikes import A_PHONE, AN_EMAIL

HEAD = """
[drafting]
default_owner = "ann@corp.io"
[[people]]
name = "Ann"
email = "ann@corp.io"
[[people]]
name = "Contractor Cole"
email = "cole@mail.io"
"""
OWN = """
[drafting.checks]
allow = ['.*@vendor\\.io']
domains = ["corp.io", "Corp.example.net"]
off = ["phone-number"]
[[drafting.patterns]]
name = "customer-number"
regex = '\\bC-\\d{6}\\b'
hint = "Write `a customer`."
"""


def read(tmp_path: Path, more: str) -> Guidance:
    path = tmp_path / "afterword.toml"
    path.write_text(HEAD + more, encoding="utf-8")
    return guidance(load_policy(path, Policy), path, "")


def found(guidance: Guidance, text: str) -> list[str]:
    return [finding.rule for finding in guidance.check(PM, [("impact", text)])]


def test_without_a_word_of_the_policy_the_default_owner_s_domain_and_its_people_are_inside(tmp_path: Path) -> None:
    said = read(tmp_path, "")
    assert found(said, "ann@corp.io, bo@eu.corp.io, cole@mail.io") == []
    assert found(said, f"dan@mail.io {A_PHONE} {AN_EMAIL}") == ["outside-email", "phone-number", "outside-email"]


def test_an_organisation_has_its_own_patterns_domains_and_allowances(tmp_path: Path) -> None:
    said = read(tmp_path, OWN)
    assert found(said, f"C-123456 {A_PHONE} jo@vendor.io x@corp.example.net {AN_EMAIL}") == [
        "customer-number",
        "outside-email",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("'\\bC-", "'(C-"), "drafting: RE2 cannot read '(C-\\\\d{6}\\\\b': missing ): "),
        (("'\\bC-\\d{6}\\b'", "'x*'"), "drafting: 'x*' matches an empty text"),
        (("'.*@vendor", "'[@vendor"), "drafting: RE2 cannot read"),
        (('"customer-number"', '"iban"'), "there is a rule 'iban' already"),
        (('"customer-number"', '"Customer"'), "drafting.patterns.0.name: String should match pattern"),
        (('["phone-number"]', '["phones"]'), "checks.off: there is no rule 'phones'"),
        (('"corp.io",', '"@corp.io",'), "drafting.checks.domains.0: String should match pattern"),
        (("hint =", "hints ="), "drafting.patterns.0.hints: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_word_stops_the_room_with_one_line_that_names_it(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    assert change[0] in OWN
    with pytest.raises(SettingError, match=re.escape(says)) as told:
        read(tmp_path, OWN.replace(*change))
    assert "\n" not in str(told.value)
    assert str(tmp_path / "afterword.toml") in str(told.value)
