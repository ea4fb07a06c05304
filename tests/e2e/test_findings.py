"""What is found in a report, through the running services: a secret holds it back, words that blame are dismissed."""

from __future__ import annotations

from pathlib import Path

from deploy.demo import AUTHOR
from deploy.demo.driver import Driver
from deploy.local.site import Site
from tests.e2e.test_after_publication import sent
from tests.helpers.lookalikes import AN_EMAIL, drawn


def test_a_secret_holds_a_report_back_until_it_is_justified_and_stands_in_no_log(driver: Driver, folder: Path) -> None:
    driver.report_incident()
    draft = driver.draft(AUTHOR)
    assert draft["review"]["findings"] == []
    token = "gh" + "p_" + drawn(36)
    driver.edit(AUTHOR, {"what_happened": f"Ben wrote:\n\n    {token}\n", "impact": f"{AN_EMAIL} could not pay.\n"})
    held = sent(driver, AUTHOR, "POST", "/submit", None)
    assert (held.status_code, held.json()["rule"]) == (422, "secret-or-personal-data")
    places = [(finding["section"], finding["line"]) for finding in held.json()["findings"]]
    assert places == [("what_happened", 3), ("impact", 1)]
    assert token[4:] not in held.text

    driver.edit(AUTHOR, {"impact": "A customer could not pay.\n"})
    (finding,) = driver.get(AUTHOR)["review"]["findings"]
    assert finding["justified"] is None
    why = {"justifications": [{"finding": finding["id"], "reason": "Revoked on the day."}]}
    submitted = driver.act(AUTHOR, "POST", "/submit", why)
    assert submitted["status"] == "in_review"
    (known,) = submitted["review"]["findings"]
    assert (known["id"], known["justified"]["by"], known["justified"]["reason"]) == (
        finding["id"],
        AUTHOR,
        "Revoked on the day.",
    )
    worse = sent(driver, AUTHOR, "PATCH", "", {"sections": {"impact": AN_EMAIL}}, **{"If-Match": "*"})
    assert (worse.status_code, worse.json()["field"]) == (422, "sections.impact")
    logs = [path.read_text("utf-8", "replace") for path in Site(folder).logs.glob("*.log")]
    assert logs
    assert not [log for log in logs if token[8:] in log]


def test_words_that_blame_are_remarked_on_until_they_are_dismissed(driver: Driver) -> None:
    driver.report_incident()
    driver.draft(AUTHOR)
    revision = driver.edit(AUTHOR, {"what_happened": "The queue filled.\n\nThe engineer forgot to drain it.\n"})[
        "revision"
    ]
    told = driver.until(
        "the remarks",
        lambda: driver.get(AUTHOR, f"{driver.path}/remarks?severity=error"),
        lambda seen: seen["revision"] == revision,
    )
    (remark,) = told["items"]
    assert (remark["section"], remark["line"], remark["family"]) == ("what_happened", 3, "blame")
    assert told["counts"]["error"] == 1

    path = f"/remarks/{remark['id']}/dismissal"
    dismissed = driver.act(AUTHOR, "PUT", path, {"reason": "It quotes the pager's own words."})
    assert (dismissed["counts"]["error"], dismissed["counts"]["dismissed"]) == (0, 1)
    later = driver.edit(AUTHOR, {"what_happened": "It was noon.\n\nThe engineer forgot to drain it.\n"})["revision"]
    review = driver.until(
        "the next check", lambda: driver.get(AUTHOR)["review"], lambda seen: seen["remarks"]["revision"] == later
    )
    assert (review["remarks"]["error"], review["remarks"]["dismissed"]) == (0, 1)
    (finding,) = [each for each in review["findings"] if each["severity"] == "error"]
    assert (finding["kind"], finding["justified"]["by"]) == ("language", AUTHOR)
