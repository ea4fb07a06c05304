"""A report with a secret in it, through the running services: held back, justified, sent on, and told nowhere."""

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
