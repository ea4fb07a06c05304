"""A wrong setting stops the service with one line that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.drafting.settings import Policy
from services.gateway.settings import Settings as GatewaySettings
from shared.settings import RoomSettings, SettingError, load, load_policy

GIVEN = {"AFTERWORD_RABBITMQ_URL": "amqp://x/", "AFTERWORD_MONGO_URL": "mongodb://x/", "AFTERWORD_POLICY": "p.toml"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AFTERWORD_PREFETCH", "7")
    known = load(RoomSettings)
    assert (known.rabbitmq_url.get_secret_value(), known.prefetch) == ("amqp://x/", 7)
    assert "amqp" not in repr(known)


def test_a_secret_may_come_from_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.delenv("AFTERWORD_RABBITMQ_URL")
    environment.setenv("AFTERWORD_RABBITMQ_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(SettingError, match="AFTERWORD_RABBITMQ_URL_FILE: cannot read"):
        load(RoomSettings)
    (tmp_path / "url").write_text("amqp://from-file/\n")
    assert load(RoomSettings).rabbitmq_url.get_secret_value() == "amqp://from-file/"


def test_an_empty_file_is_an_unset_setting_where_an_empty_variable_is(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("AFTERWORD_SECRET_KEY", "x" * 32)
    (tmp_path / "empty").write_text("\n")
    environment.setenv("AFTERWORD_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "empty"))
    assert load(GatewaySettings).oidc_client_secret is None
    environment.delenv("AFTERWORD_SECRET_KEY")
    environment.setenv("AFTERWORD_SECRET_KEY_FILE", str(tmp_path / "empty"))
    with pytest.raises(SettingError, match=r"^AFTERWORD_SECRET_KEY: field required"):
        load(GatewaySettings)


def test_a_list_in_a_file_is_json(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text('{"pagerduty": ["old", "new"]}')
    environment.setenv("AFTERWORD_WEBHOOK_SECRETS_FILE", str(tmp_path / "secrets"))
    environment.setenv("AFTERWORD_SECRET_KEY", "x" * 32)
    assert load(GatewaySettings).secrets() == {"pagerduty": ("old", "new")}


def test_a_table_that_is_no_json_is_named_wherever_it_comes_from(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("AFTERWORD_SECRET_KEY", "x" * 32)
    environment.setenv("AFTERWORD_WEBHOOK_SECRETS", "pagerduty=secret")
    with pytest.raises(SettingError, match=r"^AFTERWORD_WEBHOOK_SECRETS: is not JSON: "):
        load(GatewaySettings)
    environment.delenv("AFTERWORD_WEBHOOK_SECRETS")
    (tmp_path / "secrets").write_text("pagerduty=secret")
    environment.setenv("AFTERWORD_WEBHOOK_SECRETS_FILE", str(tmp_path / "secrets"))
    with pytest.raises(SettingError, match=r"^AFTERWORD_WEBHOOK_SECRETS_FILE: .* is not JSON: ") as wrong:
        load(GatewaySettings)
    assert "pagerduty" not in str(wrong.value)


@pytest.mark.parametrize(
    ("secrets", "words"),
    [('{"pager-duty": ["x"]}', "no webhook source pager-duty"), ('{"pagerduty": [""]}', "at least 1")],
)
def test_a_webhook_secret_that_nobody_could_use_is_named(
    environment: pytest.MonkeyPatch, secrets: str, words: str
) -> None:
    environment.setenv("AFTERWORD_WEBHOOK_SECRETS", secrets)
    environment.setenv("AFTERWORD_SECRET_KEY", "x" * 32)
    with pytest.raises(SettingError, match=f"^AFTERWORD_WEBHOOK_SECRETS.*{words}"):
        load(GatewaySettings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("AFTERWORD_HTTP_PORT", "none"), ("AFTERWORD_PUBLIC_URL", "ftp://x"), ("AFTERWORD_LOG_LEVEL", "loud")],
)
def test_a_wrong_setting_is_named_in_one_line(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(SettingError) as stopped:
        load(RoomSettings)
    assert str(stopped.value).startswith(f"{name}: ")
    assert "\n" not in str(stopped.value)


def test_a_missing_setting_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AFTERWORD_MONGO_URL")
    with pytest.raises(SettingError, match="AFTERWORD_MONGO_URL"):
        load(RoomSettings)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("not toml [", "is not TOML"),
        ("[drafting]\ndefault_owner = 'nobody'", "drafting.default_owner"),
        ("[drafting]\ndefault_owner = 'nobody@example.com'", "none of"),
        (
            "[organisation]\ntimezone = 'Mars/Base'\n[drafting]\ndefault_owner = 'a@example.com'",
            "organisation.timezone",
        ),
        ("[drafting]\ndefault_owner = 'a@example.com'\n[drafting.deadlines]\nsev1 = { days = 3 }", "deadlines.sev1"),
    ],
)
def test_a_wrong_policy_names_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "afterword.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=named) as stopped:
        load_policy(path, Policy)
    assert str(path) in str(stopped.value)


def test_a_policy_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot read"):
        load_policy(tmp_path / "none.toml", Policy)


def test_a_key_that_is_too_short_is_refused_with_the_length_that_it_needs(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AFTERWORD_SECRET_KEY", "short")
    with pytest.raises(SettingError, match=r"AFTERWORD_SECRET_KEY: .*32") as stopped:
        load(GatewaySettings)
    assert "short;" not in str(stopped.value)


def test_a_broker_url_without_a_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_RABBITMQ_URL", "amqp://user:secret@one:5672,/")
    with pytest.raises(SettingError, match=r"^AFTERWORD_RABBITMQ_URL: .*a host is missing: name each node") as error:
        load(RoomSettings)
    assert "secret" not in str(error.value)
