"""Checks run side by side: one that hangs or breaks hides no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from deploy.operate.doctor.finding import Check, Finding, failed
from shared.trouble import said


async def run_all(checks: Mapping[str, Check], seconds: float) -> list[Finding]:
    """Return what all checks find, in the order of the checks; each may take so many seconds."""
    found = await asyncio.gather(*(_bounded(name, check, seconds) for name, check in checks.items()))
    return [finding for findings in found for finding in findings]


async def _bounded(name: str, check: Check, seconds: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(seconds):
            return await check()
    except TimeoutError:
        what = f"was not through after {seconds:.0f} s"
        return [failed(name, what, help="see whether that server hangs; --timeout gives it longer")]
    except Exception as error:  # noqa: BLE001 - said as a finding, so that the others are told, too
        what = f"broke off: {type(error).__name__}: {said(error)}"
        return [failed(name, what, help="this should not happen: please report it")]
