"""What the gateway is told from outside: what is set to nothing is not set, and what is wrong stops it in one line."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from services.gateway.domain.identity import Roles
from services.gateway.domain.rates import Policy
from services.gateway.settings import Settings
from shared.contracts.commands import Role
from shared.settings import SettingError, load
from tests.helpers.front_door import SECRET_KEY
from tests.helpers.provider import RULES

NEEDED = {
    "RABBITMQ_URL": "amqp://127.0.0.1:1/",
    "MONGO_URL": "mongodb://127.0.0.1:1/",
    "POLICY": "afterword.toml",
    "SECRET_KEY": SECRET_KEY,
}
PROVIDER = {"OIDC_ISSUER": RULES.issuer, "OIDC_AUDIENCE": RULES.audience}


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> Settings:
    """Read the settings from an environment with these and no others."""
    for name, value in {**NEEDED, **given}.items():
        monkeypatch.setenv(f"AFTERWORD_{name}", value)
    return load(Settings)


def test_without_a_provider_no_tokens_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch).token_rules() is None


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_ROLES", "OIDC_DEFAULT_ROLE", "TRUSTED_PROXIES", "RATE_LIMIT_TOOLS")
    assert settings(monkeypatch, **dict.fromkeys(names, "")) == settings(monkeypatch)


def test_a_provider_needs_nothing_but_its_name_and_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings(monkeypatch, **PROVIDER)
    assert known.token_rules() == RULES
    assert known.roles() == Roles()


def test_groups_become_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"OIDC_ROLES": '{"sre": "engineer"}', "OIDC_ROLES_CLAIM": "realm_access.roles", "OIDC_DEFAULT_ROLE": "tool"}
    roles = settings(monkeypatch, **PROVIDER, **given).roles()
    assert roles == Roles(claim="realm_access.roles", by_group={"sre": Role.ENGINEER}, default=Role.TOOL)


def test_groups_that_review_stand_in_the_policy_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[organisation]\ntimezone = "Asia/Tokyo"\n[review.roster]\ngroups = ["a", "b"]\n', "utf-8")
    known = settings(monkeypatch, POLICY=str(policy))
    assert (known.roster(), known.timezone()) == (frozenset({"a", "b"}), "Asia/Tokyo")
    policy.write_text("", "utf-8")
    assert (known.roster(), known.timezone()) == (frozenset(), "UTC")
    policy.write_text('[review.roster]\ngroups = [""]\n', "utf-8")
    with pytest.raises(SettingError, match=r"review\.roster\.groups\.0: String should have at least 1 character"):
        known.roster()


def test_proxies_are_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings(monkeypatch, TRUSTED_PROXIES='["10.0.0.0/8", "fd00::1"]').trusted_proxies
    assert known == (ip_network("10.0.0.0/8"), ip_network("fd00::1/128"))


def test_one_tool_may_create_a_hundred_incidents_a_second_for_ever_and_six_hundred_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for policy in (Policy.TOOL, Policy.PERSON, Policy.WEBHOOK):
        limit = settings(monkeypatch).rates()[policy]
        assert limit.amount >= 100 * limit.get_expiry()
    tool = settings(monkeypatch).rates()[Policy.TOOL]
    assert tool.amount >= 600 * tool.get_expiry()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OIDC_ISSUER", "http://login.example.com", "must begin with https://"),
        ("OIDC_ISSUER", "login.example.com", "must begin with https://"),
        ("OIDC_AUDIENCE", "", "is needed with afterword_oidc_issuer"),
        ("OIDC_ROLES", '{"sre": "root"}', "input should be 'tool', 'engineer'"),
        ("OIDC_DEFAULT_ROLE", "root", "input should be 'tool', 'engineer'"),
        ("OIDC_TOKEN_TYPES", "[]", "should have at least 1"),
        ("TRUSTED_PROXIES", '["10.0.0.1/8"]', "is not a valid ipv4 or ipv6 network"),
        ("RATE_LIMIT_TOOLS", "many", "'many' is no rate; write one like 600/10 seconds"),
        ("RATE_LIMIT_PEOPLE", "0/minute", "is no rate"),
        ("RATE_LIMIT_FAILED", "5/minute; 50/hour", "is no rate"),
        ("RATE_LIMIT_WEBHOOKS", "5/fortnight", "is no rate"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    with pytest.raises(SettingError) as wrong:
        settings(monkeypatch, **{**PROVIDER, name: value})
    assert str(wrong.value).startswith(f"AFTERWORD_{name}")
    assert told in str(wrong.value)


def test_anybody_may_be_anybody_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    key = '[{"key_sha256": "0", "email": "a@example.com", "name": "A", "role": "admin"}]'
    given = {"DEVELOPMENT_SIGN_IN": "true", "API_KEYS": key}
    assert settings(monkeypatch, **given, PUBLIC_URL="http://127.0.0.1:8080").as_anybody()
    for url in ("https://afterword.example.com", "http://10.0.0.1:8080", "http://127.0.0.1.example.com"):
        with pytest.raises(SettingError, match=r"^AFTERWORD_DEVELOPMENT_SIGN_IN: .*lets anybody be anybody"):
            settings(monkeypatch, **given, PUBLIC_URL=url)
