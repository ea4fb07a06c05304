"""Who reviews and who gets mail, changed over the API on the whole stack."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo import AUTHOR, sections
from deploy.demo.driver import Driver, text_of
from tests.e2e.test_killed import killed

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
EVERYBODY = "incident-reports"


def request(driver: Driver, who: str, method: str, path: str, **how: Any) -> httpx.Response:
    """Send one request as somebody."""
    headers = {"Authorization": f"Bearer {driver.key_of(who)}", **how.pop("headers", {})}
    return driver.client.request(method, path, headers=headers, **how)


def put(driver: Driver, who: str, path: str, body: Any) -> httpx.Response:
    """Make something or replace whatever stands there."""
    there = request(driver, who, "GET", path).status_code == httpx.codes.OK
    condition = {"If-Match": "*"} if there else {"If-None-Match": "*"}
    return request(driver, who, "PUT", path, json=body, headers=condition)


def publish(driver: Driver) -> dict[str, EmailMessage]:
    """Lead one incident to its mails; return them by recipient."""
    driver.report_incident()
    driver.draft(AUTHOR)
    driver.edit(AUTHOR, sections())
    driver.act(AUTHOR, "POST", "/submit")
    driver.approve_as_reviewers(AUTHOR)
    driver.act(driver.person("admin"), "POST", "/publish")
    publication = driver.delivered(AUTHOR)
    mails = driver.until("the mails", driver.mails, lambda found: len(found) >= publication["recipients"])
    return {str(mail["To"]): mail for mail in mails}


def assigned(driver: Driver) -> set[str]:
    """Let reviewers be named for a new incident; return them."""
    driver.report_incident()
    driver.draft(AUTHOR)
    driver.act(AUTHOR, "POST", "/submit")
    seen = driver.until("reviewers", lambda: driver.get(AUTHOR), lambda s: s["review"]["reviewers"])
    return {reviewer["email"] for reviewer in seen["review"]["reviewers"]}


def test_the_policy_s_members_are_there_from_the_start(driver: Driver) -> None:
    policy = {email for email, known in driver.run["keys"].items() if known["role"] == "reviewer"}
    shown = driver.until(
        "the community", lambda: driver.get(AUTHOR, "/v1/reviewers")["items"], lambda items: len(items) >= len(policy)
    )
    assert policy <= {each["email"] for each in shown}
    lists = driver.until("the lists", lambda: driver.get(AUTHOR, "/v1/lists")["items"], lambda items: len(items) > 1)
    assert {EVERYBODY, "incident-commanders"} <= {each["name"] for each in lists}


def test_who_joins_the_community_is_asked_and_who_leaves_or_is_away_is_not(driver: Driver) -> None:
    members = driver.until("the community", lambda: driver.get(AUTHOR, "/v1/reviewers")["items"], bool)
    admin = driver.person("admin")
    kept = [each for each in members if each["active"]]
    try:
        for n, each in enumerate(kept):
            gone = {"active": False} if n % 2 else {"away_until": "2099-01-01T00:00:00Z"}
            left = put(driver, admin, f"/v1/reviewers/{each['email']}", {"name": each["name"], **gone})
            assert left.status_code == 200, left.text
        added = put(driver, admin, "/v1/reviewers/nina.new@example.com", {"name": "Nina New"})
        assert added.status_code in (200, 201), added.text
        assert assigned(driver) == {"nina.new@example.com"}
    finally:
        for each in kept:
            back = put(driver, each["email"], f"/v1/reviewers/{each['email']}", {"name": each["name"]})
            assert back.status_code == 200, back.text
        put(driver, admin, "/v1/reviewers/nina.new@example.com", {"name": "Nina New", "active": False})


def test_who_declines_is_followed_by_another_and_what_is_handed_over_reaches_whom_it_is_meant_for(
    driver: Driver,
) -> None:
    first, second = sorted(assigned(driver))
    claimed = driver.act(first, "POST", "/reviewers/claim")["review"]["reviewers"]
    assert {each["email"]: each["claimed"] for each in claimed} == {first: True, second: False}
    assert all(each["why"] and each["due"] for each in claimed)
    driver.act(second, "POST", "/reviewers/decline", {"reason": "I wrote the code that failed."})

    def now() -> set[str]:
        return {each["email"] for each in driver.get(AUTHOR)["review"]["reviewers"]}

    after = driver.until("another", now, lambda seen: len(seen) == 2 and second not in seen)
    third = next(email for email in after if email != first)
    community = {each["email"] for each in driver.get(AUTHOR, "/v1/reviewers?active=true")["items"]}
    fourth = next(email for email in sorted(community & set(driver.run["keys"])) if email not in {first, second, third})
    driver.act(third, "POST", "/reviewers/hand-over", {"to": fourth, "reason": "They know it best."})
    driver.until("the fourth", now, lambda seen: seen == {first, fourth})
    again = {"to": second, "reason": "Please."}
    refused = request(driver, fourth, "POST", f"{driver.path}/reviewers/hand-over", json=again)
    assert (refused.status_code, refused.json()["rule"]) == (409, "declined-before")
    assert driver.approve_as_reviewers(AUTHOR)["status"] == "approved"


def test_a_list_that_was_made_gets_the_mail_with_its_own_title(driver: Driver) -> None:
    admin = driver.person("admin")
    body = {"title": "Lessons", "members": ["Lessons@example.com", "lessons@example.com"], "when": {"severities": []}}
    made = put(driver, admin, "/v1/lists/lessons", body)
    assert made.status_code in (200, 201), made.text
    assert made.json()["members"] == ["lessons@example.com"]
    try:
        mail = publish(driver)["lessons@example.com"]
    finally:
        deleted = request(driver, admin, "DELETE", "/v1/lists/lessons", headers={"If-Match": made.headers["ETag"]})
    assert deleted.status_code == 204
    assert str(mail["List-Id"]).startswith('"Lessons" <lessons.')
    assert request(driver, admin, "GET", "/v1/lists/lessons").status_code == 404


def test_who_subscribes_gets_what_the_list_around_theirs_takes_until_they_unsubscribe(driver: Driver) -> None:
    admin, person = driver.person("admin"), AUTHOR
    inner = {"members": ["inner@example.com"], "when": {"services": ["none"]}}
    outer = {"title": "Around", "includes": ["inner"], "owner": admin}
    assert put(driver, admin, "/v1/lists/inner", inner).is_success
    assert put(driver, admin, "/v1/lists/around", outer).is_success
    refused = put(driver, admin, "/v1/lists/inner", inner | {"includes": ["around"]})
    assert (refused.status_code, refused.json()["rule"]) == (422, "list-includes-itself")
    mine = f"/v1/lists/inner/subscribers/{person}"
    try:
        assert request(driver, person, "PUT", mine).json()["subscribed"] is True
        reach = request(driver, person, "GET", "/v1/lists/around/reach").json()
        assert (reach["recipients"], reach["you"]["receives"]) == (2, True)
        assert str(publish(driver)["inner@example.com"]["List-Id"]).startswith('"Around" <around.')
        left = request(driver, person, "PUT", f"/v1/lists/inner/unsubscribed/{person}")
        assert left.json()["unsubscribed"] is True
        assert request(driver, person, "GET", mine).json()["subscribed"] is False
        assert request(driver, person, "GET", "/v1/lists/around/reach").json()["recipients"] == 1
    finally:
        for name in ("around", "inner"):
            request(driver, admin, "DELETE", f"/v1/lists/{name}", headers={"If-Match": "*"})
        request(driver, admin, "DELETE", f"/v1/lists/inner/unsubscribed/{person}")


@pytest.mark.parametrize("form", ["data", "files"])
def test_one_click_on_the_link_of_a_mail_stops_the_next_one_and_only_that_list_s(driver: Driver, form: str) -> None:
    person = "support@example.com"
    mail = publish(driver)[person]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link in text_of(mail)
    html = mail.get_body(("html",))
    assert html
    assert link in html.get_content()

    assert "<form" in httpx.get(link).text
    status = f"/v1/lists/{EVERYBODY}/unsubscribed/{person}"
    admin = driver.person("admin")
    assert request(driver, admin, "GET", status).json()["unsubscribed"] is False

    sent: Any = {"data": ONE_CLICK} if form == "data" else {"files": {"List-Unsubscribe": (None, "One-Click")}}
    for _ in range(2):
        assert httpx.post(link, **sent).status_code == 200
    driver.until("the end", lambda: request(driver, admin, "GET", status).json(), lambda seen: seen.get("unsubscribed"))
    try:
        following = publish(Driver(driver.run))
        assert person not in following
        assert len(following) > 1
    finally:
        again = request(driver, admin, "DELETE", status)
    assert again.json()["unsubscribed"] is False
    assert person in publish(Driver(driver.run))


def test_one_click_is_kept_while_distribution_is_dead(driver: Driver, folder: Path) -> None:
    person = "product@example.com"
    link = str(publish(driver)[person]["List-Unsubscribe"]).strip("<>")
    status, admin = f"/v1/lists/{EVERYBODY}/unsubscribed/{person}", driver.person("admin")
    with killed("distribution", folder):
        assert httpx.post(link, data=ONE_CLICK).status_code == 200
    driver.until("the end", lambda: request(driver, admin, "GET", status).json(), lambda seen: seen.get("unsubscribed"))
    assert request(driver, admin, "DELETE", status).json()["unsubscribed"] is False
