"""What may be set from outside, and that a wrong value is named before anything runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from services.distribution.domain import Pace, Rate, Relay, parse_rate, parse_relay
from services.distribution.settings import Policy, Settings
from services.distribution.wiring.printing import presses
from services.distribution.wiring.sending import mailers
from shared.settings import SettingError, load, load_policy
from tests.helpers.builders import NOW

GOOD = """
[organisation]
name = "Example Inc."
[distribution]
sender = { name = "Afterword", email = "postmortems@example.com" }
reply_to = "sre@example.com"
domain = "mail.example.com"
[[lists]]
name = "everyone"
title = "Everyone"
members = ["A@Example.com", "b@example.com"]
[[lists]]
name = "payments"
members = ["c@example.com"]
severities = ["sev1"]
services = ["checkout"]
[[people]]
name = "Ada Moreno"
email = "Ada@Example.com"
timezone = "Asia/Tokyo"
[[people]]
name = "Ben Okafor"
email = "ben@example.com"
[something_of_another_room]
x = 1
"""


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example.com", Relay(host="mail.example.com", port=25)),
        ("smtp://127.0.0.1:2525", Relay(host="127.0.0.1", port=2525)),
        ("smtp://[::1]:2525?starttls=off", Relay(host="::1", port=2525, tls="none")),
        ("smtp://mail.example.com:587?starttls=required", Relay(host="mail.example.com", port=587, tls="required")),
        ("smtp://mail.example.com?starttls=auto", Relay(host="mail.example.com", port=25, tls="auto")),
        ("smtps://mail.example.com", Relay(host="mail.example.com", port=465, tls="implicit")),
        ("smtps://mail.example.com:4465", Relay(host="mail.example.com", port=4465, tls="implicit")),
        (
            "smtp://me%40example.com:p%2Fa%3As%40s@mail.example.com:587",
            Relay(host="mail.example.com", port=587, username="me@example.com", password="p/a:s@s"),
        ),
        ("smtp://me@mail.example.com", Relay(host="mail.example.com", port=25, username="me")),
        (
            "smtp://mail.example.com?without=Chunking,dsn",
            Relay(host="mail.example.com", port=25, without=frozenset({"chunking", "dsn"})),
        ),
    ],
)
def test_a_relay_is_read_from_one_url(url: str, relay: Relay) -> None:
    assert parse_relay(url) == relay


BAD = [
    "",
    "mail.example.com",
    "mail.example.com:25",
    "http://mail.example.com",
    "smtp://",
    "smtp://:25",
    "smtp://user:secret@",
    "smtp://mail.example.com?starttls=yes",
    "smtp://mail.example.com?starttls=",
    "smtp://mail.example.com?startls=required",
    "smtp://mail.example.com:secret",
    "smtp://mail.example.com:99999",
    "smtp://user:secret/word@mail.example.com",
    "smtp://user:secret#word@mail.example.com",
    "smtp://[secret",
]


@pytest.mark.parametrize("url", BAD)
def test_what_is_no_relay_is_refused_with_what_it_should_look_like(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be smtp://user:password@host:port") as refused:
        parse_relay(url)
    assert "secret" not in str(refused.value)


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "afterword.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def settings(policy: Path, smtp_url: str = "smtp://127.0.0.1:2525", **given: Any) -> Settings:
    urls = {"rabbitmq_url": "amqp://127.0.0.1", "mongo_url": "mongodb://127.0.0.1", "smtp_url": smtp_url}
    return load(Settings, **urls, policy=policy, **given)


@pytest.mark.parametrize("url", BAD)
def test_a_wrong_relay_stops_the_room_with_the_settings_name_and_without_the_password(policy: Path, url: str) -> None:
    with pytest.raises(SettingError, match="AFTERWORD_SMTP_URL") as refused:
        settings(policy, url)
    assert "secret" not in str(refused.value)


def test_the_password_is_not_shown(policy: Path) -> None:
    assert "hush-hush" not in repr(settings(policy, "smtp://me:hush-hush@mail.example.com"))


def test_a_policy_becomes_terms_and_a_letterhead(policy: Path) -> None:
    read = load_policy(policy, Policy)
    assert read.terms().grace == timedelta(hours=24)
    assert [mailing_list.name for mailing_list in read.terms().lists] == ["everyone", "payments"]
    assert read.lists[0].members == ("a@example.com", "b@example.com")
    press = presses(read, settings(policy)).letters
    assert (press.head.email, press.head.domain) == ("postmortems@example.com", "mail.example.com")
    assert press.titles == {"everyone": "Everyone", "payments": "payments"}


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        ('domain = "mail.example.com"', 'domain = "mail example.com"', "distribution.domain"),
        ('domain = "mail.example.com"', 'domain = "a>\\r\\nBcc: x"', "distribution.domain"),
        ('domain = "mail.example.com"', "", "distribution.domain"),
        ('email = "postmortems@example.com"', 'email = "postmortems"', "distribution.sender.email"),
        ('reply_to = "sre@example.com"', 'reply_to = "x"', "distribution.reply_to"),
        ("[[lists]]", "grace_hours = -1\n[[lists]]", "distribution.grace_hours"),
        ("[[lists]]", "grace_hours = 99999\n[[lists]]", "distribution.grace_hours"),
        ("[[lists]]", "connections = 0\n[[lists]]", "distribution.connections"),
        ("[[lists]]", 'rate = "fast"\n[[lists]]', "distribution.rate: Value error, must be a number of mails"),
        ("[[lists]]", 'rate = "0/minute"\n[[lists]]', "distribution.rate"),
        ("[[lists]]", "notices = { at_once = 0 }\n[[lists]]", "distribution.notices.at_once"),
        ("[[lists]]", "notices = { within_minutes = -1 }\n[[lists]]", "distribution.notices.within_minutes"),
        ("[[lists]]", "notices = { at_most = 5 }\n[[lists]]", "distribution.notices.at_most"),
        ('"b@example.com"', '"b at example.com"', "lists.0.members.1"),
        ('severities = ["sev1"]', 'severities = ["SEV1!"]', "lists.1.severities"),
        ('services = ["checkout"]', 'service = ["checkout"]', "lists.1.service"),
        ('name = "payments"', 'name = " "', "lists.1.name"),
        ('name = "payments"', 'name = "involved"', "'involved' is taken"),
        ('name = "payments"', 'name = "everyone"', "'everyone' stands there twice"),
        ("[distribution]", "[distribution", "is not TOML"),
        ('name = "Example Inc."', 'timezone = "Berlin"', "organisation.timezone"),
        ('timezone = "Asia/Tokyo"', 'timezone = "Tokyo"', "people.0.timezone"),
    ],
)
def test_a_wrong_policy_is_refused_and_the_value_is_named(policy: Path, right: str, wrong: str, named: str) -> None:
    assert right in GOOD
    policy.write_text(GOOD.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(SettingError) as refused:
        load_policy(policy, Policy)
    assert str(policy) in str(refused.value)
    assert named in str(refused.value)


def test_how_fast_notices_come_stands_in_the_policy_and_has_a_default(policy: Path) -> None:
    assert load_policy(policy, Policy).pace() == Pace(5, timedelta(minutes=60))
    notices = "notices = { at_once = 2, within_minutes = 30 }\n[[lists]]"
    policy.write_text(GOOD.replace("[[lists]]", notices, 1), encoding="utf-8")
    assert load_policy(policy, Policy).pace() == Pace(2, timedelta(minutes=30))


def test_people_are_told_times_in_their_own_zone_else_in_the_organisations(policy: Path) -> None:
    policy.write_text(GOOD.replace("[distribution]", 'timezone = "Europe/Berlin"\n[distribution]', 1), encoding="utf-8")
    zones = presses(load_policy(policy, Policy), settings(policy)).notices.zones
    assert zones.tell(NOW, "ada@example.com") == "Monday 2026-03-02 21:00 (Asia/Tokyo)"
    for email in ("ben@example.com", "stranger@example.com"):
        assert zones.tell(NOW, email) == "Monday 2026-03-02 13:00 (Europe/Berlin)"


def test_a_policy_without_lists_is_enough(policy: Path) -> None:
    policy.write_text(GOOD.partition("[[lists]]")[0], encoding="utf-8")
    assert load_policy(policy, Policy).terms().lists == ()


@pytest.mark.parametrize(
    ("text", "rate"), [("600/minute", Rate(600, 60)), ("14/second", Rate(14, 1)), ("10000 / hour", Rate(10_000, 3600))]
)
def test_a_rate_is_mails_in_a_time(text: str, rate: Rate) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "600", "0/minute", "-1/minute", "600/day", "6e2/minute", "600/minute/hour"])
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 600/minute"):
        parse_rate(text)


def test_an_extension_that_we_do_not_use_cannot_be_left_aside() -> None:
    with pytest.raises(ValueError, match="without= takes any of chunking, dsn, pipelining, size, smtputf8"):
        parse_relay("smtp://mail.example.com?without=starttls")


OAUTH = {
    "smtp_oauth_url": "https://login.example.com/token",
    "smtp_oauth_client_id": "afterword",
    "smtp_oauth_client_secret": "hush-hush",
}


@pytest.mark.parametrize("given", [{}, {"smtp_token_path": "/run/token"}, OAUTH])
def test_each_kind_of_proof_makes_mailers_that_share_it(policy: Path, given: dict[str, str]) -> None:
    make = mailers(load_policy(policy, Policy), settings(policy, "smtp://me@mail.example.com", **given))
    assert make() is not make()
    assert (make.keywords["token"] is None) == (not given)


def test_an_own_ca_is_the_only_one_that_is_trusted(policy: Path) -> None:
    pem = trustme.CA().cert_pem.bytes().decode()
    make = mailers(load_policy(policy, Policy), settings(policy, smtp_ca=pem))
    assert len(make.args[1].get_ca_certs()) == 1


@pytest.mark.parametrize(
    ("url", "given", "named"),
    [
        ("smtp://mail.example.com", {"smtp_ca": "hush-hush"}, "SMTP_CA: value error, is no certificate in pem"),
        ("smtp://mail.example.com", {"smtp_token_path": "/run/token"}, "has to name the mailbox"),
        ("smtp://me:hush-hush@mail.example.com", {"smtp_token_path": "/run/token"}, "wants one proof"),
        ("smtp://me@mail.example.com", {"smtp_token_path": "/run/token", **OAUTH}, "wants one proof"),
        ("smtp://me@mail.example.com", {"smtp_oauth_url": OAUTH["smtp_oauth_url"]}, "belong together"),
        ("smtp://me@mail.example.com", {**OAUTH, "smtp_oauth_url": "login"}, "SMTP_OAUTH_URL"),
    ],
)
def test_a_proof_that_cannot_work_stops_the_room(policy: Path, url: str, given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError, match=f"(?i){named}") as refused:
        settings(policy, url, **given)
    assert "hush-hush" not in str(refused.value)


def test_an_empty_setting_is_unset(policy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_CA", "SMTP_TOKEN_PATH", "SMTP_OAUTH_URL", "SMTP_OAUTH_CLIENT_SECRET"):
        monkeypatch.setenv(f"AFTERWORD_{name}", "")
    read = settings(policy)
    assert (read.smtp_ca, read.smtp_token_path, read.smtp_oauth_url) == (None, None, None)
