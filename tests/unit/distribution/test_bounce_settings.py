"""What may be set of mail that comes back, and that a wrong or lonely setting stops distribution at start."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.distribution.domain.bouncing import BounceTerms
from services.distribution.settings import Policy, Settings
from services.distribution.wiring.returning import return_paths
from shared.contracts.base import Owner
from shared.settings import SettingError, load, load_policy
from tests.unit.distribution.fakes import a_row
from tests.unit.distribution.test_settings import GOOD

BOUNCES = GOOD.replace("[[lists]]", '[distribution.bounces]\ndomain = "Bounces.Example.com"\n[[lists]]', 1)
MAILBOX = "imaps://me:p%2Fw@mail.example.com/INBOX"


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    urls = {"MONGO_URL": "mongodb://127.0.0.1", "RABBITMQ_URL": "amqp://127.0.0.1", "SMTP_URL": "smtp://127.0.0.1"}
    needed = urls | {"POLICY": "policy.toml"}
    for name, value in (needed | given).items():
        monkeypatch.setenv(f"AFTERWORD_{name}", value)
    return load(Settings)


def a_policy(folder: Path, text: str) -> Policy:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path, Policy)


def test_return_paths_take_a_domain_and_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = {"SECRET_KEY": "0123456789abcdef" * 2}
    paths = return_paths(a_policy(tmp_path, BOUNCES), settings(monkeypatch, **key))
    assert paths
    row = a_row()
    assert paths.address(row).endswith("@bounces.example.com")
    assert paths.read(paths.address(row)) == row.id
    assert return_paths(a_policy(tmp_path, GOOD), settings(monkeypatch, **key)) is None
    monkeypatch.delenv("AFTERWORD_SECRET_KEY")
    assert return_paths(a_policy(tmp_path, BOUNCES), settings(monkeypatch)) is None


@pytest.mark.parametrize("way", [{"BOUNCE_LISTEN": "127.0.0.1:2526"}, {"BOUNCE_IMAP": MAILBOX}])
def test_a_way_in_without_them_stops_it(way: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for text, more in ((GOOD, {"SECRET_KEY": "0123456789abcdef" * 2}), (BOUNCES, {"SECRET_KEY": ""})):
        with pytest.raises(SettingError, match=r"AFTERWORD_SECRET_KEY.*\[distribution.bounces\]"):
            return_paths(a_policy(tmp_path, text), settings(monkeypatch, **way, **more))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOUNCE_LISTEN", "2526"),
        ("BOUNCE_LISTEN", "localhost"),
        ("BOUNCE_LISTEN", "lmtp://127.0.0.1:24"),
        ("BOUNCE_IMAP", "imaps://me:p/w@mail.example.com"),
        ("BOUNCE_IMAP", "pop3://me:pw@mail.example.com"),
    ],
)
def test_a_wrong_setting_is_named_without_its_password(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match=f"AFTERWORD_{name}") as error:
        settings(monkeypatch, **{name: value})
    assert "p/w" not in str(error.value)


@pytest.mark.parametrize("name", ["BOUNCE_LISTEN", "BOUNCE_IMAP"])
def test_what_is_empty_is_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings(monkeypatch, **{name: ""})
    assert (known.bounce_listen, known.bounce_imap) == (None, None)


def test_the_policy_says_how_many_are_too_many_and_who_is_told(tmp_path: Path) -> None:
    text = BOUNCES.replace("[[lists]]", "hard = 1\nsoft = 0\nwithin_days = 7\nquiet_days = 3\n[[lists]]", 1)
    text = text.replace('email = "Ada@Example.com"', 'email = "Ada@Example.com"\nrole = "admin"')
    admins = (Owner(name="Ada Moreno", email="ada@example.com"),)
    terms = BounceTerms(hard=1, soft=0, within=timedelta(days=7), quiet=timedelta(days=3), admins=admins)
    assert a_policy(tmp_path, text).bounce_terms() == terms
    assert a_policy(tmp_path, GOOD).bounce_terms() == BounceTerms()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("hard = -1", "hard"),
        ("soft = 51", "soft"),
        ("within_days = 0", "within_days"),
        ("hards = 2", "hards"),
        ('domain = "b@x"', "domain"),
    ],
)
def test_a_wrong_policy_is_named(line: str, named: str, tmp_path: Path) -> None:
    text: Any = GOOD.replace("[[lists]]", f"[distribution.bounces]\n{line}\n[[lists]]", 1)
    with pytest.raises(SettingError, match=named):
        a_policy(tmp_path, text)
