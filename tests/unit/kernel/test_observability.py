"""What a room writes down: one object a line, whatever somebody has written into it."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys
import structlog
from shared.observability import start_logging

start_logging("review", "info")
structlog.get_logger().info("told", title=json.loads(sys.argv[1]))
"""


def test_no_text_makes_a_second_line_in_a_log() -> None:
    title = 'x\n{"service": "gateway", "event": "bad credential"}\r\x1b[2J\u2028\x85\ud800'
    command = [sys.executable, "-c", PROGRAM, json.dumps(title)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert told.count("\n") == 1
    assert told.isascii()
    assert "\x1b" not in told
    line = json.loads(told)
    assert (line["service"], line["event"], line["title"]) == ("review", "told", title)
