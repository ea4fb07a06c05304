"""A route of one form, served without the framework's machinery, answers as any other does."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import APIRouter

from services.gateway.domain.access import Act
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey
from services.gateway.handlers.incidents import EXAMPLE
from services.gateway.handlers.lean import LeanRoute
from shared.contracts.commands import Actor
from shared.contracts.events import IncidentReported
from tests.helpers.front_door import Door, is_problem

PATH = "/v1/incidents"
Somebody = Annotated[Actor, may(Act.REPORT_INCIDENTS)]


async def no_key(event: IncidentReported, actor: Somebody, deps: Needs) -> None:
    """Lack the key."""


async def no_gate(event: IncidentReported, deps: Needs, key: IdempotencyKey = None) -> None:
    """Lack the gate."""


async def a_query(event: IncidentReported, actor: Somebody, deps: Needs, page: int, key: IdempotencyKey = None) -> None:
    """Have more than the form does."""


@pytest.mark.parametrize("endpoint", [no_key, no_gate, a_query])
def test_a_signature_of_another_form_is_refused_when_it_is_written(endpoint: Any) -> None:
    router = APIRouter(route_class=LeanRoute)
    with pytest.raises(TypeError, match="/x: this route takes"):
        router.post("/x")(endpoint)


async def test_every_wrong_field_is_named_the_header_first() -> None:
    wrong = {**EXAMPLE, "severity": "sev9", "occurred_at": "yesterday"}
    answer = await Door().send("POST", PATH, role="tool", json=wrong, headers={"Idempotency-Key": b"k\x7f"})

    assert is_problem(answer, 422, "invalid-field", "Idempotency-Key")
    assert {each["field"] for each in answer.json()["errors"]} == {"Idempotency-Key", "severity", "occurred_at"}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"3"])
async def test_what_is_no_object_is_named_as_the_body(body: bytes) -> None:
    answer = await Door().send("POST", PATH, role="tool", content=body, headers={"Content-Type": "application/json"})

    assert is_problem(answer, 422, "invalid-field", "body")


async def test_who_may_not_is_told_so_before_the_body_is_looked_at() -> None:
    door = Door()

    assert is_problem(await door.send("POST", PATH, role=None, json={}), 401, "no-valid-key", "Authorization")
    assert door.messages.said == []
