"""A wrong subscriber stops the gateway with one line that names it; no line shows a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.gateway.settings import Policy, Settings, with_secrets
from shared.settings import SettingError, load_policy
from tests.unit.gateway.hooks.sample import NEXT, SECRET, URL, a_hook

SLACK = "https://hooks.slack.com/services/T0/B0/very-secret"


def policy(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "afterword.toml"
    path.write_text(f"[organisation]\nname = 'x'\n{text}", encoding="utf-8")
    return load_policy(path, Policy)


def secrets(**given: tuple[str, ...]) -> dict[str, tuple[SecretStr, ...]]:
    return {name: tuple(map(SecretStr, each)) for name, each in given.items()}


def test_a_policy_without_subscribers_has_none(tmp_path: Path) -> None:
    assert policy(tmp_path, "").webhooks == ()


def test_a_subscriber_is_read_with_its_events_by_any_of_their_names(tmp_path: Path) -> None:
    text = "[[webhooks]]\nname = 'ci'\nurl = 'https://x.example.com'\nevents = ['Published', 'DraftCreated.v1']\n"
    (hook,) = policy(tmp_path, text + "allow = ['10.0.0.0/8', '::1/128']\n").webhooks
    assert hook.events == ("Published.v1", "DraftCreated.v1")
    assert [str(network) for network in hook.allow] == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("events = ['Gossip']", r"webhooks\.0\.events\.0: .*no event 'Gossip'"),
        ("events = ['IncidentReported']", r"webhooks\.0\.events\.0: .*no event"),
        ("events = []", r"webhooks\.0\.events"),
        ("format = 'xml'", r"webhooks\.0\.format"),
        ("severities = ['bad']", r"webhooks\.0\.severities\.0"),
        ("allow = ['10.0.0.1/8']", r"webhooks\.0\.allow"),
        ("ports = [0]", r"webhooks\.0\.ports\.0"),
        ("secret = 'whsec_x'", r"webhooks\.0\.secret: Extra inputs"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, line: str, named: str) -> None:
    with pytest.raises(SettingError, match=f"AFTERWORD_POLICY: .*{named}") as stopped:
        policy(tmp_path, f"[[webhooks]]\nname = 'ci'\nurl = '{URL}'\n{line}\n")
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize(
    ("fields", "given", "why"),
    [
        ({"url": None}, (SECRET,), "needs a url"),
        ({"url": "http://x.example.com/"}, (SECRET,), "must be https"),
        ({"url": "ftp://x.example.com/"}, (SECRET,), "must be https"),
        ({"url": "https:///path"}, (SECRET,), "must be https"),
        ({"url": "https://x.example.com/\n"}, (SECRET,), "must be https"),
        ({"url": "https://x.example.com\\@10.0.0.1/"}, (SECRET,), "must be https"),
        ({"url": "https://exämple.com/"}, (SECRET,), "must be https"),
        ({"url": "https://x.example.com:x/"}, (SECRET,), "url is none"),
        ({"url": "https://me:secret@x.example.com/"}, (SECRET,), "no user"),
        ({"url": "https://x.example.com/#a"}, (SECRET,), "fragment"),
        ({"url": "https://x.example.com:8443/"}, (SECRET,), r"ports = \[8443\]"),
        ({"url": "http://x.example.com/", "allow": ["10.0.0.0/8"]}, (SECRET,), r"ports = \[80\]"),
        ({}, (), "give a secret in AFTERWORD_HOOK_SECRETS"),
        ({}, (SECRET, "whsec_c2hvcnQ="), "24 to 64 random bytes"),
        ({}, (SECRET.removeprefix("whsec_"),), "must be whsec_"),
        ({}, ("whsec_*",), "Base64"),
        ({"format": "slack"}, (SECRET,), "has no secrets"),
    ],
)
def test_what_does_not_fit_together_is_named_and_no_secret_is_shown(
    fields: dict[str, Any], given: tuple[str, ...], why: str
) -> None:
    with pytest.raises(SettingError, match=f"AFTERWORD_HOOK_SECRETS: webhook 'ci': .*{why}") as stopped:
        with_secrets((a_hook(**fields),), secrets(ci=given) if given else {})
    assert not any(secret in str(stopped.value) for secret in given)


def test_secrets_of_nobody_and_two_of_one_name_are_named() -> None:
    with pytest.raises(SettingError, match="webhook 'cl': has secrets, but no entry"):
        with_secrets((a_hook(),), secrets(ci=(SECRET,), cl=(SECRET,)))
    with pytest.raises(SettingError, match="webhook 'ci': stands there twice"):
        with_secrets((a_hook(), a_hook()), secrets(ci=(SECRET,)))


def test_an_address_may_be_a_secret_and_is_not_shown() -> None:
    endpoint = with_secrets((a_hook(url=None, format="slack"),), secrets(ci=(SLACK,)))["ci"]
    assert endpoint.url == SLACK
    assert "very-secret" not in repr(endpoint)


def test_a_subscriber_has_several_secrets_while_they_are_changed() -> None:
    assert with_secrets((a_hook(),), secrets(ci=(SECRET, NEXT)))["ci"].secrets == (SECRET, NEXT)


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[[webhooks]]\nname = 'chat'\nformat = 'slack'\n", encoding="utf-8")
    (tmp_path / "secrets").write_text(f'{{"chat": ["{SLACK}"]}}', encoding="utf-8")
    monkeypatch.setenv("AFTERWORD_HOOK_SECRETS_FILE", str(tmp_path / "secrets"))
    known = Settings(
        rabbitmq_url=SecretStr("amqp://x/"),
        mongo_url=SecretStr("mongodb://x/"),
        policy=tmp_path / "p.toml",
        secret_key=SecretStr("k" * 32),
    )
    assert known.endpoints()["chat"].url == SLACK
    assert "very-secret" not in repr(known)
