"""What every route can answer because of its form: one table of forms and rules.

What holds for all routes is said here once; a route names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Operation = dict[str, Any]
JSON = "application/json"


def _every(_path: str, _operation: Operation) -> bool:
    return True


def _has_a_caller(_path: str, operation: Operation) -> bool:
    return "x-roles" in operation


def _is_counted(_path: str, operation: Operation) -> bool:
    return bool(operation.get("security"))


def _reads_a_link(_path: str, operation: Operation) -> bool:
    return any("secret_link" in each for each in operation.get("security", ()))


def _is_about_an_item(path: str, _operation: Operation) -> bool:
    return path.endswith("/{item_id}")


def _for_some_roles(_path: str, operation: Operation) -> bool:
    return len(operation.get("x-roles", ())) not in (0, ROLES)


def _reads_a_postmortem(path: str, _operation: Operation) -> bool:
    return path.startswith("/v1/postmortems/{id}")


def _has_fields(_path: str, operation: Operation) -> bool:
    return bool(operation.get("parameters") or "requestBody" in operation)


def _has_a_body(_path: str, operation: Operation) -> bool:
    return "requestBody" in operation


def _has_strict_json(_path: str, operation: Operation) -> bool:
    schema = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
    return bool(schema)  # one that is empty is somebody else's form


def _says_something(_path: str, operation: Operation) -> bool:
    return "idempotency-key" in parameters(operation)


def _edits_what_was_read(_path: str, operation: Operation) -> bool:
    return "if-match" in parameters(operation)


def _is_about_a_text(path: str, operation: Operation) -> bool:
    return _reads_a_postmortem(path, operation) and not _is_about_an_item(path, operation)


def _edits_a_text(path: str, operation: Operation) -> bool:
    return _edits_what_was_read(path, operation) and _is_about_a_text(path, operation)


def _edits_a_version(path: str, operation: Operation) -> bool:
    return _edits_what_was_read(path, operation) and not _is_about_a_text(path, operation)


ROLES = 4
FORMS: tuple[tuple[Callable[[str, Operation], bool], tuple[str, ...]], ...] = (
    (_every, ("400 ambiguous-length", "500 internal-error", "503 store-away")),
    (_is_counted, ("429 rate-limited",)),
    (_has_a_caller, ("401 no-valid-key", "401 key-expired", "401 key-revoked", "401 invalid-token")),
    (_has_a_caller, ("403 scope-needed", "403 no-role", "403 email-needed", "403 email-unverified")),
    (_has_a_caller, ("503 issuer-away",)),
    (_reads_a_link, ("404 unknown-link",)),
    (_for_some_roles, ("403 role-needed",)),
    (_reads_a_postmortem, ("404 unknown-postmortem",)),
    (_has_fields, ("422 invalid-field",)),
    (_has_a_body, ("400 incomplete-body", "413 body-too-large")),
    (_has_strict_json, ("400 malformed-json", "415 unsupported-media-type")),
    (_says_something, ("409 idempotency-key-in-use", "422 idempotency-key-reused", "503 not-accepted")),
    (_edits_what_was_read, ("428 if-match-required",)),
    (_edits_a_text, ("412 stale-revision",)),
    (_is_about_an_item, ("404 unknown-action-item",)),
    (_edits_a_version, ("412 stale-version",)),
)
"""What a route looks like -> the rules that it can therefore name."""
BESIDE: dict[str, tuple[str, ...]] = {
    "400 ambiguous-length": ("Connection",),
    "401 no-valid-key": ("WWW-Authenticate",),
    "401 key-expired": ("WWW-Authenticate",),
    "401 key-revoked": ("WWW-Authenticate",),
    "401 invalid-token": ("WWW-Authenticate",),
    "401 bad-signature": ("WWW-Authenticate",),
    "403 scope-needed": ("WWW-Authenticate",),
    "409 idempotency-key-in-use": ("Retry-After",),
    "413 body-too-large": ("Connection",),
    "415 unsupported-media-type": ("Accept", "Accept-Encoding"),
    "503 store-away": ("Retry-After",),
    "503 not-accepted": ("Retry-After",),
    "429 rate-limited": ("Retry-After",),
    "503 room-away": ("Retry-After",),
    "503 rate-limited": ("Retry-After",),
    "503 issuer-away": ("Retry-After",),
    "503 too-many-watching": ("Retry-After",),
}
"""Headers that come with a rule; what `always` returns comes with every one."""


def always(operation: Operation) -> tuple[str, ...]:
    """Return the headers that any answer of an operation may have."""
    return ("X-Request-Id", *(("RateLimit", "RateLimit-Policy") if operation.get("security") else ()))


def parameters(operation: Operation) -> set[str]:
    """Return the names of what an operation takes beside its body, in lower case."""
    return {parameter["name"].lower() for parameter in operation.get("parameters", ())}


def edits_only_what_is_there(operation: Operation) -> bool:
    """Say whether If-Match is needed: it is missed with a status of its own, no wrong field for the framework."""
    return "if-match" in parameters(operation) and "if-none-match" not in parameters(operation)


def rules_of(path: str, operation: Operation) -> Iterator[str]:
    """Yield the rules that follow from the form of an operation."""
    for looks_so, rules in FORMS:
        if looks_so(path, operation):
            yield from rules
