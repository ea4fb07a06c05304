"""What schemathesis cannot know: which postmortems there are, and which refusals a valid request may meet.

Runs in the fuzzer's own environment. `AFTERWORD_FUZZ_IDS` holds ids of real postmortems, `AFTERWORD_FUZZ_SOURCE` the
incident tool that is played, if it is one.
"""

from __future__ import annotations

import os
import re
from typing import Any

import schemathesis

IDS = os.environ["AFTERWORD_FUZZ_IDS"].split(",")
SOURCE = os.environ.get("AFTERWORD_FUZZ_SOURCE")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TELLING = {
    "malformed-json": "JSON that not everybody reads alike, numbers beyond 2^53 - 1 say",
    "idempotency-key-reused": "the key's history is nothing that a schema tells",
    "stale-revision": "so is the text's",
    "unknown-section": "sections are the template's",
    "quote-not-found": "and so are the words in them",
    "checklist-incomplete": "the policy says whether all is to be answered",
    "comment-without-text": "a verdict decides what is needed beside it",
    "end-before-start": "two fields that contradict each other",
    "in-the-past": "a schema has no clock",
    "untimely": "nor has it one to tell what is in the future",
    "too-long": "two fields that are far apart",
    "stale-version": "so is that of an action item, a reviewer, a list",
    "reason-required": "what is declined needs a reason beside it",
    "reason-without-wont-do": "and nothing else has one",
    "name-taken": "one name of a list is nobody's",
    "too-large": "all fields together",
    "unsupported-mode": "a batch of CloudEvents",
    "unreadable-text": "which Markdown is a postmortem",
    "unknown-finding": "what was found stands in the postmortem",
    "secret-or-personal-data": "no schema knows what a secret looks like",
}
"""Rules by which a request that fits the schema may be refused with 400, 412, 415 or 422, and why."""
TOGETHER = ("cursor", "body", "since", "from", "name", "email", "timezone", "hours", "away")
"""Fields that are wrong though they fit: a cursor is signed, zones are listed, and others must fit each other, or the
address."""
PAGES = ("/unsubscribe/",)
"""What people see in a browser, also when something is wrong."""


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Ask for a postmortem that is there, three times in four."""
    if path_parameters and SOURCE and "source" in path_parameters:
        return {**path_parameters, "source": SOURCE}
    id = (path_parameters or {}).get("id")
    if path_parameters and isinstance(id, str) and UUID.fullmatch(id) and _is_about_a_postmortem(context):
        turn = int(id[-4:], 16)
        return path_parameters if turn % 4 == 3 else {**path_parameters, "id": IDS[turn % len(IDS)]}
    return path_parameters


def _is_about_a_postmortem(context: Any) -> bool:
    return bool(context.operation.path.startswith("/v1/postmortems/"))


@schemathesis.check
def refuses_what_fits_only_by_a_rule(ctx: Any, response: Any, case: Any) -> None:
    """What fits the schema is taken, or refused by a rule that a schema cannot tell."""
    if (
        case.meta is None
        or not case.meta.generation.mode.is_positive
        or response.status_code not in (400, 412, 415, 422)
    ):
        return
    problem = response.json()
    if problem["rule"] in TELLING or (problem["rule"] == "invalid-field" and _top(problem["field"]) in TOGETHER):
        return
    raise AssertionError(f"fits the schema, and is refused: {problem['rule']}: {problem['detail']}")


def _top(field: str | None) -> str:
    """Return the field of the body that a field is within."""
    return (field or "").partition(".")[0]


@schemathesis.check
def answers_have_what_all_have(ctx: Any, response: Any, case: Any) -> None:
    """Every answer has its request's id, and a problem says the same one."""
    (id,) = response.headers["x-request-id"]
    if response.status_code >= 400 and not (response.status_code == 404 and case.path.startswith(PAGES)):
        problem = response.json()
        assert (problem["request_id"], problem["status"]) == (id, response.status_code)
        assert problem["detail"]
        assert problem["rule"]
