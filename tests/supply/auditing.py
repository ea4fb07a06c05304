"""Whether a library that the lock file installs is known to be vulnerable: pip-audit, over a feed of the OSV format.

pip-audit has one exit status for "found something" and for "reached nobody"; only the first comes with an answer.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.helpers.python_tool import REPOSITORY, installed, surroundings

LOCK = REPOSITORY / "requirements.txt"
TOOLS = Path(__file__).with_name("requirements.txt")
FEED = "OSV_URL"
"""The variable that names another feed than the public one, as far as its `/v1/query`."""
WAIT_S, PATIENCE_S = 3, 90
"""How long one answer is waited for, and all of them."""
AWAY = ("ConnectionError", "Timeout", "HTTPError", "ServiceError")
NOT_LOOKED_UP = "Libraries: nothing was looked up: {}. Where a feed can be reached (OSV_URL names one), this says more"


def audited(lock: Path = LOCK, feed: str | None = None) -> tuple[str, bool]:
    """Return what is known of the libraries, and whether that is good; without a feed it is, and the words say so.

    Raises: CalledProcessError when pip-audit cannot be installed.
    """
    feed = feed or os.environ.get(FEED)
    command = [
        str(installed(TOOLS)),
        "-m",
        "pip_audit",
        "--requirement",
        str(lock),
        "--disable-pip",
        "--format",
        "json",
    ]
    command += ["--vulnerability-service", "osv", "--timeout", str(WAIT_S), "--progress-spinner", "off"]
    command += ["--osv-url", feed] if feed else []
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith(("_proxy", "_ca_bundle"))}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            env={**surroundings(Path(command[0])), **proxies},
        )
    except subprocess.TimeoutExpired:
        return NOT_LOOKED_UP.format(f"the feed took longer than {PATIENCE_S} s"), True
    return _judged(done.stdout, done.stderr)


def _judged(answer: str, trouble: str) -> tuple[str, bool]:
    if not answer.strip():
        last = (trouble.strip().splitlines() or ["pip-audit said nothing"])[-1]
        is_away = any(word in last.partition(":")[0] for word in AWAY)
        return (NOT_LOOKED_UP.format("no feed answers"), True) if is_away else (f"Libraries: {trouble}", False)
    libraries = json.loads(answer)["dependencies"]
    found = list(_found(libraries))
    if found:
        return "Libraries with known vulnerabilities (make lock takes newer ones):\n" + "\n".join(found), False
    return f"Libraries: nothing is known against these {len(libraries)}", True


def _found(libraries: list[dict[str, Any]]) -> Iterator[str]:
    for each in libraries:
        for known in each.get("vulns", ()):
            fixed = f"fixed in {', '.join(known['fix_versions'])}" if known["fix_versions"] else "not fixed yet"
            yield f"  {each['name']} {each['version']}: {known['id']}, {fixed}"
