"""Fifty people write on one postmortem at once, over HTTP: nothing is lost, and who comes second is shown both."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver
from shared.clock import new_id

PEOPLE = 50
JUDGED = frozenset({200, 412})


@pytest.fixture
def drafted(driver: Driver) -> Driver:
    """An incident that has its draft."""
    driver.report_incident()
    driver.draft(AUTHOR)
    return driver


def read(driver: Driver) -> httpx.Response:
    return driver.send("GET", driver.path, headers={"Authorization": f"Bearer {driver.key_of(AUTHOR)}"})


def edit(driver: Driver, etag: str, sections: dict[str, str], note: str) -> httpx.Response:
    """Send one edit until it is judged, as one request however often it is sent."""
    headers = {"Authorization": f"Bearer {driver.key_of(AUTHOR)}", "Idempotency-Key": new_id(), "If-Match": etag}
    body = {"sections": sections, "note": note}
    return driver.send("PATCH", driver.path, json=body, headers=headers, fine=JUDGED)


def at_once(what: Callable[[int], Any], people: int = PEOPLE) -> list[Any]:
    """Return what became of each when so many people do something at the same time."""
    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(what, range(people)))


def test_edits_of_different_sections_on_one_base_are_all_kept(drafted: Driver) -> None:
    before = read(drafted)
    names = list(before.json()["sections"])
    answers = at_once(lambda n: edit(drafted, before.headers["ETag"], {names[n]: f"by {n}\n"}, "mine"), len(names))

    assert [answer.status_code for answer in answers] == [200] * len(names)
    assert sum("X-Merged-From" in answer.headers for answer in answers) == len(names) - 1
    after = read(drafted).json()
    assert list(after["sections"].values()) == [f"by {n}\n" for n in range(len(names))]
    assert after["revision"] == before.json()["revision"] + len(names)


def test_of_fifty_edits_of_one_section_one_wins_and_the_others_are_told_what_changed(drafted: Driver) -> None:
    tag = read(drafted).headers["ETag"]
    answers = at_once(lambda n: edit(drafted, tag, {"impact": f"{n} customers.\n"}, f"counted by {n}"))

    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    told = [answer.json() for answer in answers if answer.status_code == 412]
    assert len(told) == PEOPLE - 1
    for problem in told:
        (conflict,) = problem["conflicts"]
        assert (conflict["field"], conflict["current"]) == ("sections.impact", won["sections"]["impact"])
        assert (conflict["revision"], conflict["changed_by"]) == (won["revision"], AUTHOR)
        assert conflict["changed_at"]
    assert read(drafted).json()["sections"]["impact"] == won["sections"]["impact"]


def test_fifty_people_who_take_up_what_they_are_shown_lose_not_a_line(drafted: Driver) -> None:
    before = read(drafted)
    names = list(before.json()["sections"])[:5]

    def adds_a_line(n: int) -> None:
        name, tag, text = (
            names[n % len(names)],
            before.headers["ETag"],
            before.json()["sections"][names[n % len(names)]],
        )
        while (answer := edit(drafted, tag, {name: f"{text}line {n}\n"}, "a line")).status_code == 412:
            latest = read(drafted)
            tag, text = latest.headers["ETag"], latest.json()["sections"][name]
            assert answer.json()["conflicts"][0]["field"] == f"sections.{name}"

    at_once(adds_a_line)
    lines = "".join(read(drafted).json()["sections"].values()).splitlines()
    assert sorted(line for line in lines if line.startswith("line ")) == sorted(f"line {n}" for n in range(PEOPLE))
