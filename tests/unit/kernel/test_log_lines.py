"""Lines of the log as rooms write them: JSON, whoever logs, and without words of people."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.events import MeetingEnded
from shared.log_lines import covered, without_words_of_people
from shared.messaging.inbox import names
from shared.testing import received
from tests.helpers.builders import NOW, PM

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("<ada.moreno@example.com>: Recipient address rejected", "<…@example.com>: Recipient address rejected"),
        ("amqp://afterword:s3cret@127.0.0.1:5672/ refuses", "amqp://127.0.0.1:5672/ refuses"),
        (
            "title\n  Value error [type=value_error, input_value='Checkout\nwas slow', input_type=str]",
            "title\n  Value error [type=value_error, input_type=str]",
        ),
        ("section what_happened @ revision 3", "section what_happened @ revision 3"),
        ("nothing of that", "nothing of that"),
    ],
)
def test_what_slips_into_an_error_is_covered(said: str, told: str) -> None:
    assert covered(said) == told


def test_who_did_something_as_an_operator_is_named_and_nobody_else() -> None:
    line = {"event": "parked messages are discarded", "by": "admin@example.com", "lists": ["a@example.com"], "tried": 3}
    told = without_words_of_people(None, "warning", line)
    assert told == {**line, "lists": ["…@example.com"]}


def test_a_line_while_a_message_is_handled_names_message_cause_and_postmortem() -> None:
    message = received(MeetingEnded(postmortem_id=PM, uid="u", ended_at=NOW))
    assert names(message) == {
        "message": "MeetingEnded.v1",
        "id": message.id,
        "subject": PM,
        "correlation_id": "test",
        "postmortem_id": PM,
    }


def logged(program: str) -> list[dict[str, Any]]:
    """Return the lines that a program writes in which logging was started."""
    start = "from shared.observability import start_logging; start_logging('review', 'info')\n"
    ended = subprocess.run(
        [sys.executable, "-c", start + program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in ended.stderr.splitlines()]


def test_what_libraries_log_is_a_line_like_any_other() -> None:
    program = """
import logging, structlog
structlog.get_logger().info("ready", count=2)
try:
    raise ValueError("ada@example.com")
except ValueError:
    logging.getLogger("asyncio").exception("task %s failed", "x@example.com")
logging.getLogger("asyncio").info("not told")
import warnings
warnings.warn("never awaited", RuntimeWarning)
"""
    ours, theirs, warning = logged(program)
    assert "never awaited" in warning["event"]
    assert (ours["event"], ours["service"], ours["level"], ours["count"]) == ("ready", "review", "info", 2)
    assert (theirs["event"], theirs["service"], theirs["level"]) == ("task …@example.com failed", "review", "error")
    assert theirs["logger"] == "asyncio"
    assert theirs["exception"].endswith("ValueError: …@example.com")
