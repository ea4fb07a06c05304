"""Rate limits: how many requests somebody may make in a while, and how an answer tells what is left. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.commands import Role


class Policy(StrEnum):
    """What is counted. Each has a limit of its own, for each principal, address or source."""

    TOOL = "tool"
    PERSON = "person"
    FAILED = "failed-authentication"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What is left to somebody after a request, of `limit` in `window` seconds; in `reset` seconds it begins anew."""

    policy: Policy
    limit: int
    window: int
    remaining: int
    reset: int
    is_over: bool = False

    def headers(self) -> dict[str, str]:
        """Return `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={self.window}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset}',
        }


def policy_of(role: Role) -> Policy:
    """Return what a caller's requests count as."""
    return Policy.TOOL if role is Role.TOOL else Policy.PERSON
