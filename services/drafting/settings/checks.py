"""What the policy file says of secrets and personal data."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Regex = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,59}$")]
Domain = Annotated[str, StringConstraints(to_lower=True, pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


class Checks(BaseModel):
    """`[drafting.checks]`: what is nothing to be found (RE2, as a whole), who is inside, and which rules are off."""

    model_config = ConfigDict(extra="forbid")

    allow: tuple[Regex, ...] = Field(default=(), max_length=100)
    domains: frozenset[Domain] = frozenset()
    off: frozenset[RuleName] = frozenset()


class PolicyPattern(BaseModel):
    """`[[drafting.patterns]]`: what the organisation wants to see in no postmortem (RE2), and what to do about it."""

    model_config = ConfigDict(extra="forbid")

    name: RuleName
    regex: Regex
    hint: Annotated[str, StringConstraints(max_length=300)] = ""
