"""The rules of the check: what secrets look like, by detect-secrets and by `templates/patterns.toml`; RE2 reads them.

RE2 takes time in proportion to the text whatever the pattern, so that neither a text nor a policy can stop the room.
detect-secrets guesses by entropy, too; that part is left out, it takes hashes and addresses for secrets.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol, cast

import re2
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import DENYLIST
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from services.drafting.adapters import personal, placeholders
from shared.contracts.findings import FindingKind

ROTATE = "Put a placeholder in its place, and have it replaced where it is used: earlier revisions keep it."
ANONYMOUS = "Write it without the person, such as `a customer`; earlier revisions keep it."


class BadPattern(ValueError):
    """A pattern that RE2 cannot read, or that would match where nothing is."""


def _always(_found: str) -> bool:
    return True


class Match(Protocol):
    """What RE2 finds."""

    def span(self, group: int = 0) -> tuple[int, int]:
        """Return where it begins and ends, in bytes; -1 for a group that took no part."""


class Pattern(Protocol):
    """A pattern as RE2 has read it, which has so many groups."""

    groups: int

    def finditer(self, text: bytes) -> Iterator[Match]:
        """Return its matches in a text."""

    def search(self, text: bytes) -> Match | None:
        """Return its first match in a text, or None."""

    def fullmatch(self, text: bytes) -> Match | None:
        """Return a match when the whole text is one, or None."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for: `name` for programs, `what` and `hint` for people; `is_one` looks closer at what is found.

    What is found is the match, or this group of it.
    """

    name: str
    kind: FindingKind
    what: str
    hint: str
    pattern: Pattern
    is_one: Callable[[str], bool] = _always
    group: int = 0


@dataclass(frozen=True, slots=True)
class OwnPattern:
    """A pattern of the organisation's own: what it is called, what it looks like, and what to do about it."""

    name: str
    regex: str
    hint: str = ""


def compiled(regex: str) -> Pattern:
    """Read a pattern. Raises: BadPattern."""
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = cast("Pattern", re2.compile(regex.encode(), options=options))
    except re2.error as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        msg = f"RE2 cannot read {regex!r}: {said}"
        raise BadPattern(msg) from error
    if pattern.search(b""):
        msg = f"{regex!r} matches an empty text; name something that has to be there"
        raise BadPattern(msg)
    return pattern


def rules_of(
    company: personal.Company, own: tuple[OwnPattern, ...] = (), off: frozenset[str] = frozenset()
) -> tuple[Rule, ...]:
    """Return the rules but those that are off, in the order in which they name what several of them find.

    Raises: BadPattern, also for a name that stands twice, or that no rule has.
    """
    built_in = (*_shaped(), *_known(), *_assigned(), *_personal(company))
    names = [*{rule.name for rule in built_in}, *(pattern.name for pattern in own)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadPattern(f"patterns: there is a rule {twice[0]!r} already; take another name")
    if unknown := sorted(off - set(names)):
        raise BadPattern(f"checks.off: there is no rule {unknown[0]!r}; there are {', '.join(sorted(names))}")
    return tuple(rule for rule in (*built_in, *(_of(pattern) for pattern in own)) if rule.name not in off)


def _secret(
    name: str,
    what: str,
    regex: str,
    is_one: Callable[[str], bool] = placeholders.is_no_placeholder,
    *,
    whole: bool = False,
) -> Rule:
    pattern = compiled(regex)
    group = 0 if whole else min(pattern.groups, 1)
    return Rule(name, FindingKind.SECRET, what, ROTATE, pattern, is_one, group)


def _shaped() -> Iterator[Rule]:
    text = resources.files("services.drafting").joinpath("templates/patterns.toml").read_text("utf-8")
    for row in tomllib.loads(text)["patterns"]:
        yield _secret(row["name"], row["what"], row["regex"])


PLUGINS: tuple[type[RegexBasedDetector], ...] = (
    AWSKeyDetector,
    AzureStorageKeyDetector,
    BasicAuthDetector,
    DiscordBotTokenDetector,
    GitHubTokenDetector,
    JwtTokenDetector,
    MailchimpDetector,
    NpmDetector,
    OpenAIDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    SquareOAuthDetector,
    StripeDetector,
    TelegramBotTokenDetector,
    TwilioKeyDetector,
)
"""Those of detect-secrets that go by a shape which nothing else has, and that RE2 can read."""


def _known() -> Iterator[Rule]:
    for plugin in (cls() for cls in PLUGINS):
        what = plugin.secret_type
        for pattern in cast("Any", plugin.denylist):
            source = f"(?i){pattern.pattern}" if pattern.flags & re.IGNORECASE else pattern.pattern
            yield _secret(what.lower().replace(" ", "-"), what, source, whole=True)


_NAMES = "|".join((*DENYLIST, "access_?key", "secret_?key", "token", "passphrase", "credential"))
_ENDS = r"(?:_?(?:key|value|base64|b64|prod|production|live|test|staging|dev|\d{1,3}))?"
_NAME = rf"(?i)[\w.-]{{0,60}}(?:{_NAMES}){_ENDS}"


def _assigned() -> Iterator[Rule]:
    """What is given to a name that says what it is: `DB_PASSWORD=...`, `"client_secret": "..."`."""
    quoted = rf"{_NAME}[\"'`\]]{{0,2}}\s{{0,4}}(?::=|=>|={{1,3}}|:)\s{{0,4}}[\"'`]([^\s\"'`]{{6,200}})[\"'`]"
    bare = rf"{_NAME}[\"']?(?:=|:[ \t]?)([^\s\"'`,;()<>|\\]{{8,200}})"
    yield _secret("assigned-secret", "value of a secret", quoted, placeholders.is_given)
    yield _secret("assigned-secret", "value of a secret", bare, placeholders.is_drawn)


def _personal(company: personal.Company) -> Iterator[Rule]:
    for name, what, regex, is_one in (
        ("outside-email", "e-mail address of somebody outside", personal.EMAIL, company.is_outside),
        ("phone-number", "phone number", personal.PHONE, personal.is_phone),
        ("iban", "bank account (IBAN)", personal.IBAN, personal.is_iban),
        ("payment-card", "number of a payment card", personal.CARD, personal.is_card),
    ):
        yield Rule(name, FindingKind.PERSONAL, what, ANONYMOUS, compiled(regex), is_one, group=1)


def _of(own: OwnPattern) -> Rule:
    hint = own.hint or "Take it out: the organisation's policy says so."
    return Rule(own.name, FindingKind.POLICY, own.name.replace("-", " "), hint, compiled(own.regex))
