"""Who may knock for what: the whole table, and the routes that ask for it."""

from __future__ import annotations

import pytest

from services.gateway.domain.access import MAY, SCOPES, Act, Group, denied, useless
from shared.contracts.commands import Role
from tests.helpers.front_door import Door, is_problem

TOOLS_MAY = {Act.REPORT_INCIDENTS}
ADMINS_ALONE = {
    *(Act.CHANGE_LISTS, Act.READ_SUPPRESSIONS, Act.CHANGE_SUPPRESSIONS, Act.OPERATE),
    Act.IMPORT_POSTMORTEMS,
}


def expected(role: Role, act: Act) -> bool:
    if role is Role.TOOL:
        return act in TOOLS_MAY
    return role is Role.ADMIN or act not in ADMINS_ALONE


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_each_role_may_what_it_is_meant_to(role: Role, act: Act) -> None:
    assert (role in MAY[act].roles) is expected(role, act)
    why = denied(act, role, None)
    assert (why is None) is expected(role, act)
    assert why is None or (why.rule, why.scope) == ("role-needed", None)


def groups_of(act: Act) -> set[Group]:
    """What each group of scopes is meant to hold, by the act's name."""
    if act is Act.READ_OWN_COMMANDS:
        return {Group.READ, Group.WRITE}
    if act is Act.REPORT_INCIDENTS:
        return {Group.REPORT}
    return {Group.READ} if act.startswith(("read_", "watch_")) else {Group.WRITE}


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_each_scope_leaves_of_a_role_what_it_is_meant_to(scope: str, act: Act) -> None:
    why = denied(act, Role.ADMIN, frozenset({scope}))
    assert (why is None) is (scope == act or scope in groups_of(act))
    assert why is None or (why.rule, why.scope) == ("scope-needed", act)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_scopes_never_give_what_the_role_may_not(role: Role, act: Act) -> None:
    everything = denied(act, role, SCOPES)
    assert (everything is None) is expected(role, act)
    nothing = denied(act, role, frozenset())
    assert nothing is not None


def test_a_scope_that_nobody_knows_gives_nothing() -> None:
    assert all(denied(act, Role.ADMIN, frozenset({"everything"})) for act in Act)


def test_scopes_that_give_a_role_nothing_are_found() -> None:
    assert useless(Role.TOOL, ["read", "report", "change_lists", "x"]) == ["change_lists", "read", "x"]
    assert useless(Role.ENGINEER, ["write", "change_lists"]) == ["change_lists"]
    assert useless(Role.ADMIN, SCOPES) == []


@pytest.mark.parametrize("path", ["/v1/postmortems", "/v1/commands/00000000-0000-5000-8000-000000000000"])
async def test_a_tool_that_wants_to_read_is_told_which_roles_may(path: str) -> None:
    answer = await Door().send("GET", path, role="tool")

    assert is_problem(answer, 403, "role-needed")
    assert "admin, engineer, reviewer" in answer.json()["detail"]
