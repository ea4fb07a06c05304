"""Restricted postmortems: who is named sees them, nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from services.gateway.domain.facets import ReviewView
from services.gateway.domain.restriction import sees
from services.gateway.domain.view import View
from shared.contracts.base import Person
from shared.contracts.events import Snapshot
from shared.contracts.values import AskedReviewer
from tests.helpers.builders import PM, a_draft


def a_view(**fields: Any) -> View:
    learnt = (Person(name="Late Learnt", email="late@example.com"), Person(name="No Address"))
    reviewers = (AskedReviewer(name="Dina", email="dina@example.com"),)
    draft = a_draft(Snapshot, **fields)
    return View(id=PM, draft=draft, people=learnt, review=ReviewView(reviewers=reviewers))


@pytest.mark.parametrize(
    "named",
    ["owner@example.com", "responder@example.com", "late@example.com", "dina@example.com", "reader@example.com"],
)
def test_who_is_named_sees_a_restricted_postmortem(named: str) -> None:
    assert sees(named, a_view(restricted=True, readers=("reader@example.com",)))


def test_nobody_else_sees_a_restricted_postmortem() -> None:
    assert not sees("admin@example.com", a_view(restricted=True, readers=("reader@example.com",)))


def test_everybody_sees_one_that_is_not_restricted() -> None:
    assert sees("anybody@example.com", a_view(readers=("reader@example.com",)))


def test_nobody_sees_one_that_has_no_draft_yet() -> None:
    assert not sees("owner@example.com", View(id=PM))
