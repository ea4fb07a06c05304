"""Things that look like secrets and personal data, and open nothing: put together when a test runs.

So that no file of this repository holds one, and no scanner stops at it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from string import ascii_letters, digits, hexdigits

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

ALNUM = ascii_letters + digits
UPPER = ascii_letters[26:] + digits
HEX = hexdigits[:16]


def drawn(count: int, letters: str = ALNUM, seed: int = 7) -> str:
    """Return so many letters that look drawn, the same in every run."""
    return "".join(Random(seed).choices(letters, k=count))  # noqa: S311 - opens nothing


def a_token(seed: int = 7) -> str:
    """Return what looks like a token of GitHub's."""
    return "gh" + "p_" + drawn(36, seed=seed)


def a_web_token() -> str:
    """Return what looks like a JSON Web Token."""
    parts = ({"alg": "HS256"}, {"sub": "1234567", "name": "Nobody"})
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{drawn(43)}"


def a_private_key(seed: int = 7) -> str:
    """Return what looks like a private key, of several lines."""
    body = "\n".join(drawn(64, seed=seed + line) for line in range(5))
    return f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{body}\n-----END RSA {'PRIVATE'} KEY-----"


def a_card() -> str:
    """Return what looks like the number of a payment card."""
    bare = "4" + drawn(14, digits)
    return bare + luhn.calc_check_digit(bare)


def an_account() -> str:
    """Return what looks like a German bank account, written in groups."""
    bank = drawn(18, digits)
    check = mod_97_10.calc_check_digits(f"{bank}DE")
    whole = f"DE{check}{bank}"
    return " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


AN_EMAIL = "jo.customer@" + "somewhere-else.io"
A_PHONE = "+49 30 " + "901820"

SECRETS: dict[str, tuple[str, Callable[[], str]]] = {
    "AWS key id": ("aws-access-key", lambda: "AK" + "IA" + drawn(16, UPPER)),
    "AWS secret key": ("aws-key", lambda: f"aws_secret_access_key = {drawn(40)}"),
    "Azure storage": ("azure-storage-account-access-key", lambda: "AccountKey" + "=" + drawn(86) + "=="),
    "Azure client": ("azure-secret", lambda: f" {drawn(3)}8Q~{drawn(34)} "),
    "user in an address": ("basic-auth-credentials", lambda: "postgres:" + f"//app:{drawn(12)}@db.example.com/shop"),
    "GitHub": ("github-token", a_token),
    "GitHub, fine-grained": ("github-token", lambda: "github" + "_pat_" + drawn(82)),
    "GitLab": ("gitlab-token", lambda: "gl" + "pat-" + drawn(20)),
    "Google": ("google-key", lambda: "AI" + "za" + drawn(35)),
    "Google OAuth": ("google-key", lambda: "GOC" + "SPX-" + drawn(28)),
    "JSON Web Token": ("json-web-token", a_web_token),
    "npm": ("package-token", lambda: "np" + "m_" + drawn(36)),
    "PyPI": ("pypi-token", lambda: "pypi-" + "AgEIcHlwaS5vcmc" + drawn(80)),
    "OpenAI": ("openai-token", lambda: "sk-" + "proj-" + drawn(48)),
    "Anthropic": ("openai-token", lambda: "sk-" + "ant-api03-" + drawn(93)),
    "SendGrid": ("sendgrid-api-key", lambda: "SG" + "." + drawn(22) + "." + drawn(43)),
    "Slack bot": ("slack-token", lambda: "xo" + "xb-" + drawn(12, digits) + "-" + drawn(24)),
    "Slack webhook": (
        "webhook-address",
        lambda: "https://hooks.slack." + f"com/services/T{drawn(8, UPPER)}/B{drawn(8, UPPER)}/{drawn(24)}",
    ),
    "webhook secret": ("webhook-secret", lambda: "whs" + "ec_" + drawn(32)),
    "Stripe": ("stripe-key", lambda: "sk_" + "live_" + drawn(24)),
    "Telegram": ("telegram-bot-token", lambda: drawn(10, digits) + ":AA" + drawn(33)),
    "Twilio": ("twilio-api-key", lambda: "S" + "K" + drawn(32, HEX)),
    "Vault": ("service-token", lambda: "hv" + "s." + drawn(90)),
    "Grafana": ("service-token", lambda: "gl" + "sa_" + drawn(32) + "_" + drawn(8, HEX)),
    "private key": ("private-key", a_private_key),
    "Bearer": ("authorization-header", lambda: f"Authorization: Bearer {drawn(40)}"),
    "curl": ("command-line-password", lambda: f"curl -s -u deploy:{drawn(14)} https://ci.example.com"),
    "cookie": ("session-cookie", lambda: f"Cookie: theme=dark; session_id={drawn(32)}"),
    "signed link": ("signed-url", lambda: f"https://b.example.com/o?X-Amz-Date=1&X-Amz-Signature={drawn(64, HEX)}"),
    "environment": ("assigned-secret", lambda: f"DB_PASSWORD={drawn(12)}1a"),
    "JSON": ("assigned-secret", lambda: json.dumps({"client_secret": drawn(12) + "1a"})),
    "YAML": ("assigned-secret", lambda: f"api_key: {drawn(20)}1a"),
    "hash of a password": ("password-hash", lambda: "$2b$12" + "$" + drawn(53)),
}
"""What it is -> the rule that finds it, and how it is made."""
PERSONAL: dict[str, tuple[str, Callable[[], str]]] = {
    "e-mail address": ("outside-email", lambda: AN_EMAIL),
    "e-mail link": ("outside-email", lambda: f"[write](mailto:{AN_EMAIL})"),
    "phone number": ("phone-number", lambda: A_PHONE),
    "phone link": ("phone-number", lambda: "tel:" + A_PHONE.replace(" ", "")),
    "card": ("payment-card", a_card),
    "card in groups": ("payment-card", lambda: "-".join(a_card()[at : at + 4] for at in range(0, 16, 4))),
    "bank account": ("iban", an_account),
    "bank account in one": ("iban", lambda: an_account().replace(" ", "")),
}
