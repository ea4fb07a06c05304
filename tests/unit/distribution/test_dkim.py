"""Signatures: verified by the library's own verifier, the same for the same mail, and wrong keys named at the start."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from services.distribution.adapters.dkim import Signer, Signing
from services.distribution.domain import Delivery, Outcome, Result
from services.distribution.settings import Policy, Settings
from services.distribution.wiring.printing import signed
from shared.settings import SettingError, load, load_policy
from tests.helpers.every_mail import every_notice, every_report
from tests.helpers.strict_mail import checked
from tests.unit.distribution.fakes import a_row
from tests.unit.distribution.test_templates import a_policy

KEY = rsa.generate_private_key(65537, 2048)
MAILS = every_report() | dict(list(every_notice().items())[:2])
PLAIN = serialization.NoEncryption()
TRADITIONAL, PKCS8 = serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8
DKIM = 'dkim = { domain = "example.com", selector = "afterword" }'


def pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY,
    form: serialization.PrivateFormat = PKCS8,
    how: serialization.KeySerializationEncryption = PLAIN,
) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, how).decode()


def is_verified(mail: bytes) -> bool:
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    value = b"".join(public.splitlines()[1:-1])

    def record(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"afterword._domainkey.example.com."
        return b"v=DKIM1; k=rsa; p=" + value

    answer: bool = dkim.verify(mail, dnsfunc=record)
    return answer


SIGNER = Signer("example.com", "afterword", pem())


@pytest.mark.parametrize("name", MAILS)
def test_every_kind_of_mail_is_signed_and_verified(name: str) -> None:
    mail = SIGNER.sign(MAILS[name])
    checked(mail)
    assert mail.endswith(MAILS[name])
    assert is_verified(mail)
    assert mail == SIGNER.sign(MAILS[name])


def test_a_signature_vouches_for_both_headers_of_one_click_and_against_a_second_sender() -> None:
    mail = SIGNER.sign(MAILS["report"])
    fields = re.sub(r"\s", "", str(checked(mail)["DKIM-Signature"]))
    names = fields.partition("h=")[2].partition(";")[0].split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post", "message-id", "subject", "content-type"} <= set(names)
    assert names.count("from") == 2


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"To: a@example.com", b"To: b@example.com"),
        (b"Date: Mon, 02 Mar 2026 12", b"Date: Mon, 02 Mar 2026 13"),
        (b"checkout answered", b"payments answered"),
        (b"From: ", b"From: evil@example.com\r\nFrom: "),
    ],
)
def test_whatever_is_changed_shows(was: bytes, becomes: bytes) -> None:
    mail = SIGNER.sign(MAILS["report"])
    assert was in mail
    assert not is_verified(mail.replace(was, becomes, 1))


class Plain:
    """Writes one mail for every row of a publication, and none for a notice."""

    def __init__(self) -> None:
        self.mail = bytes(bytearray(MAILS["report"]))
        self.looked: list[str] = []

    async def look(self, rows: Sequence[Delivery]) -> None:
        self.looked += [row.id for row in rows]

    async def write(self, row: Delivery) -> bytes | Result:
        return self.mail if row.revision else Result(Outcome.SUPPRESSED, "not sent")


async def test_mails_are_signed_as_they_are_written_and_refusals_are_passed_on() -> None:
    plain = Plain()
    signing = Signing(plain, SIGNER)
    await signing.look([a_row()])
    assert plain.looked == [a_row().id]
    assert await signing.write(a_row()) == SIGNER.sign(MAILS["report"])
    assert await signing.write(a_row(revision=0)) == Result(Outcome.SUPPRESSED, "not sent")


async def test_one_mail_to_many_is_signed_once_and_stays_one() -> None:
    plain = Plain()
    signing = Signing(plain, SIGNER)
    first = await signing.write(a_row())
    assert await signing.write(a_row("b@example.com")) is first
    plain.mail = MAILS["report-link"]
    assert await signing.write(a_row()) == SIGNER.sign(MAILS["report-link"])


@pytest.mark.parametrize("form", [TRADITIONAL, PKCS8])
def test_a_key_may_come_in_either_form_and_with_any_ends_of_lines(form: serialization.PrivateFormat) -> None:
    signer = Signer("example.com", "afterword", pem(form=form).replace("\n", "\r\n"))
    assert is_verified(signer.sign(MAILS["report"]))


SHORT = """
-----BEGIN RSA PRIVATE KEY-----
MIIBOwIBAAJBAO4bDSGXBamMo9T7Hiyb81yYF4gxW1da/pLlW2JiizSkrI6TPJBN
fhG5GpV031fUg5WtX2nqajJFUFskJglmfSsCAwEAAQJBAOXwN8Edb/lpePl/vIcF
34Gm2urKB1SX6kp/tb2QPrCJDcRKj45lDyEvJesJsMTJc/cHAMi3C4qMP0DVkWkr
JVkCIQD3s4fT8l9QoY87xLM2pR79E4ga9ElMn/MbOHUqRiq9XwIhAPYVOLh9CNLL
TpcDVgD2+odstSFiCEbLj9dQFrLcnwe1AiEAtyZuBk8uHuZ2jBDzGjKZaTMp7hQ2
pouWK8hhCbL8Iy0CIDwGfSlzRl20vdzUMXxWwlGaUKxt7zrlmJaasI68hgYpAiAm
eC9eIeQSECj2DgMvl084/OXhq5tWpCZIsp0pb7CzLg==
-----END RSA PRIVATE KEY-----
"""
WRONG = {
    "": "is no RSA key in PEM",
    "secret words": "is no RSA key in PEM",
    pem(ec.generate_private_key(ec.SECP256R1())): "is no RSA key in PEM",
    pem(how=serialization.BestAvailableEncryption(b"secret")): "is no RSA key in PEM",
    pem()[:300]: "is no RSA key in PEM",
}


@pytest.mark.parametrize("key", WRONG)
def test_a_key_that_cannot_sign_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match=WRONG[key]) as refused:
        Signer("example.com", "afterword", key)
    assert "secret" not in str(refused.value)


def test_a_key_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="has 512 bits"):
        Signer("example.com", "afterword", SHORT)


def a_room(path: Path, key: str | None) -> Settings:
    given = {"rabbitmq_url": "amqp://127.0.0.1", "mongo_url": "mongodb://127.0.0.1", "smtp_url": "smtp://127.0.0.1"}
    return load(Settings, **given, policy=path, dkim_key=key)


async def test_the_room_signs_when_the_policy_says_so_and_has_to_have_a_key(tmp_path: Path) -> None:
    plain, path = Plain(), a_policy(tmp_path, "")
    assert signed(load_policy(path, Policy), a_room(path, pem()), plain) is plain
    policy = load_policy(a_policy(tmp_path, DKIM), Policy)
    mail = await signed(policy, a_room(path, pem()), plain).write(a_row())
    assert isinstance(mail, bytes)
    assert is_verified(mail)
    for key in (None, "", " \n"):
        with pytest.raises(SettingError, match=r"AFTERWORD_DKIM_KEY: \[distribution.dkim\] needs it"):
            signed(policy, a_room(path, key), plain)
    with pytest.raises(SettingError, match="AFTERWORD_DKIM_KEY: is no RSA key"):
        signed(policy, a_room(path, "x"), plain)
