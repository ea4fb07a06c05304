"""Who may knock for what: the whole table, and the routes that ask for it."""

from __future__ import annotations

import pytest

from services.gateway.domain.access import MAY, Act
from shared.contracts.commands import Role
from tests.helpers.front_door import Door, is_problem

TOOLS_MAY = {Act.REPORT_INCIDENTS}
ADMINS_ALONE = {Act.CHANGE_LISTS}


def expected(role: Role, act: Act) -> bool:
    if role is Role.TOOL:
        return act in TOOLS_MAY
    return role is Role.ADMIN or act not in ADMINS_ALONE


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_each_role_may_what_it_is_meant_to(role: Role, act: Act) -> None:
    assert (role in MAY[act]) is expected(role, act)


@pytest.mark.parametrize("path", ["/v1/postmortems", "/v1/commands/00000000-0000-5000-8000-000000000000"])
async def test_a_tool_that_wants_to_read_is_told_which_roles_may(path: str) -> None:
    answer = await Door().send("GET", path, role="tool")

    assert is_problem(answer, 403, "role-needed")
    assert "admin, engineer, reviewer" in answer.json()["detail"]
