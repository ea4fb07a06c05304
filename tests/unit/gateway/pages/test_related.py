"""Which postmortems are like one, and what is said of why."""

from __future__ import annotations

from services.gateway.domain.pages.related import MOST, Neighbour, near, neighbour_of, related
from services.gateway.domain.view import project
from shared.contracts.base import derived_id
from tests.helpers.builders import NOW
from tests.helpers.reading import a_revision

POOL = "The connection pool of the orders database ran dry while an export held its connections."
CERTIFICATE = "A certificate expired. Renewal had stopped months ago, and nobody was told of it."


def a_neighbour(name: str, title: str, text: str, *services: str, severity: str = "sev2") -> Neighbour:
    """Build a postmortem as it is compared."""
    return Neighbour(id=derived_id(name), title=title, text=text, services=services, severity=severity, created_at=NOW)


OWN = a_neighbour("own", "Checkout answers slowly", POOL, "checkout")
OTHERS = [
    a_neighbour("far", "Certificates were not renewed", CERTIFICATE, "edge"),
    a_neighbour("like", "Orders stood still", f"Again, the connection pool ran dry. {CERTIFICATE}", "orders"),
    a_neighbour("same", "Payments were slow", POOL, "checkout", "payments"),
]


def test_what_is_most_alike_comes_first_and_says_why() -> None:
    found = related(OWN, OTHERS)
    assert [each.neighbour.title for each in found] == ["Payments were slow", "Orders stood still"]
    assert found[0].why.endswith("; same service checkout")
    assert found[0].why.startswith("Both: ")
    assert "connection pool" in found[1].why
    assert "same service" not in found[1].why


def test_a_service_alone_or_a_word_that_all_of_them_say_makes_nothing_related() -> None:
    common = "Latency rose."
    others = [a_neighbour(str(n), f"Outage {n}", f"{common} {CERTIFICATE}", "checkout") for n in range(9)]
    assert related(a_neighbour("own", "Different", f"{common} {POOL}", "checkout"), others) == ()


def test_nothing_is_related_to_itself_and_there_are_few() -> None:
    others = [OWN, *(a_neighbour(str(n), "Checkout answers slowly", POOL, "checkout") for n in range(9))]
    found = related(OWN, others)
    assert len(found) == MOST
    assert OWN not in [each.neighbour for each in found]


def test_neither_empty_texts_nor_other_scripts_break_it() -> None:
    empty = a_neighbour("empty", "x", "")
    assert related(empty, [a_neighbour("e2", "y", "")]) == ()
    hebrew = "מאגר החיבורים של מסד הנתונים התרוקן"
    (found,) = related(a_neighbour("a", hebrew, hebrew), [a_neighbour("b", hebrew, hebrew)])
    assert "החיבורים" in found.why
    related(a_neighbour("null", "\x00 [(", "a" * 100_000), OTHERS)


def test_who_was_there_makes_no_two_alike() -> None:
    named = {"report": {"overview": f"Rita Responder and Tom Berg saw it. {CERTIFICATE}\n"}}
    draft = a_revision(1, **named)
    own = neighbour_of(project(None, draft, (NOW, "e-1")))
    assert own
    assert "Rita" not in own.text
    assert "Tom Berg" not in own.text


def test_candidates_are_found_by_services_and_by_what_the_title_says() -> None:
    services, words = near(a_neighbour("x", "The connection pool of checkout", "", "orders"))
    assert services == ("service:orders",)
    assert set(words) == {"title:connection", "title:pool", "title:connection pool", "title:checkout"}
    assert len(near(a_neighbour("x", " ".join(f"word{'ab' * n}" for n in range(1, 60)), ""))[1]) <= 20
