"""What people see of a postmortem's own sections and of the organisation's words for severities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.gateway.domain.history import compare
from services.gateway.domain.sources import SOURCES
from services.gateway.domain.sources.delivery import Delivery
from services.gateway.domain.view import View, project
from services.gateway.settings import Policy
from shared.contracts import events as said
from shared.contracts.base import Severity
from shared.contracts.decision import Kind, Refusal, Reply
from shared.contracts.sections import Section
from shared.contracts.severities import aliases
from shared.settings import SettingError, load_policy
from tests.helpers.builders import NOW, PM, a_draft
from tests.helpers.front_door import Door, FakeMessages, is_problem
from tests.helpers.lives import Life

BASE = f"/v1/postmortems/{PM}"
SECTIONS = (
    Section(name="story", title="The <i>story</i>", blocking=True, help="Tell it.", prompts=("What surprised us?",)),
    Section(name="luck", title="Where we got lucky", required=False),
)
REPORT = {"story": "Slow.\n", "luck": ""}


def a_door(**fields: Any) -> Door:
    given = {"report": REPORT, "sections": SECTIONS, "severity_label": "Critical", **fields}
    return Door(views={PM: project(None, a_draft(said.DraftCreated, **given), (NOW, "e-1"))})


async def test_a_postmortem_tells_its_sections_with_what_helps_to_write_them() -> None:
    whole = (await a_door().send("GET", BASE)).json()
    assert whole["template"][0] == {
        "name": "story",
        "title": "The <i>story</i>",
        "part": "report",
        "required": True,
        "blocking": True,
        "help": "Tell it.",
        "prompts": ["What surprised us?"],
    }
    assert [each["name"] for each in whole["template"]] == list(whole["sections"])
    assert (whole["severity"], whole["severity_label"]) == ("sev2", "Critical")


async def test_one_from_before_templates_were_kept_tells_them_by_their_names() -> None:
    whole = (await a_door(report={"what_happened": "x"}, sections=(), severity_label="").send("GET", BASE)).json()
    assert [each["title"] for each in whole["template"]] == ["What happened"]
    assert whole["severity_label"] == "SEV2"


async def test_exports_have_the_template_s_headings_and_are_harmless() -> None:
    door = a_door()
    markdown = (await door.send("GET", f"{BASE}/export?format=md")).text
    page = (await door.send("GET", f"{BASE}/export?format=html")).text
    assert "## The <i>story</i>\n\nSlow." in markdown
    assert "- Severity: Critical" in markdown
    assert "<h2>The &lt;i&gt;story&lt;/i&gt;</h2>" in page
    assert "got lucky" not in page  # empty


def test_a_comparison_names_sections_by_their_headings_the_newer_ones_first() -> None:
    older = a_draft(said.DraftCreated, report={"story": "a", "gone": "b"})
    newer = a_draft(said.DraftCreated, revision=2, report=REPORT, sections=SECTIONS)
    assert [(each.name, each.title) for each in compare(older, newer).sections] == [
        ("story", "The <i>story</i>"),
        ("luck", "Where we got lucky"),
        ("gone", "Gone"),
    ]


async def test_a_review_of_what_lacks_a_blocking_section_is_refused_with_its_name() -> None:
    refusal = Refusal(kind=Kind.INVALID, rule="sections-missing", field="sections.story", detail="Write: Story.")
    door = a_door()
    door.messages.reply = Reply(refusal=refusal)
    assert is_problem(await door.send("POST", f"{BASE}/submit"), 422, "sections-missing", "sections.story")


async def test_the_overview_of_a_publication_is_the_first_section_where_there_is_none_of_this_name() -> None:
    draft = a_draft(said.DraftCreated, report=REPORT, sections=SECTIONS)
    given = {name: getattr(draft, name) for name in ("postmortem_id", "content_hash", "title", "severity", "report")}
    published = said.Published(**given, revision=1, published_at=NOW, lists=(), recipients=0)
    view: View = project(project(None, draft, (NOW, "e-1")), published, (NOW, "e-2"))
    assert view.publication
    assert view.publication.overview == "Slow."


@pytest.mark.parametrize("tool", ["pagerduty", "alertmanager", "opsgenie", "grafana-oncall", "incident-io"])
def test_an_organisation_s_own_words_for_severities_count_before_a_tool_s(tool: str) -> None:
    life = Life(tool, "Q1")

    def severities(own: dict[str, Severity]) -> set[Severity | None]:
        found = set()
        for row in life.rows():
            sent = life.sent(row, NOW)
            delivery = Delivery(
                body=sent.body,
                received_at=NOW,
                headers={**{name.lower(): value for name, value in sent.headers.items()}, "webhook-id": "w-1"},
                severities=own,
            )
            found |= {
                report.severity
                for _, report in SOURCES[tool].parse(delivery)
                if isinstance(report, said.IncidentReported)
            }
        return found - {None}

    usual = severities({})
    assert usual
    words = ("p1", "p2", "p3", "critical", "warning", "high", "major", "minor", "sev1", "sev2", "sev-1", "sev-2")
    assert severities(dict.fromkeys(words, Severity.SEV5)) == {Severity.SEV5}


async def test_the_door_reads_a_tool_s_word_as_the_policy_says(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[severities]\nsev4 = { label = "Minor", aliases = ["Page Me"] }\n', "utf-8")
    assert aliases(load_policy(path, Policy).severities) == {"minor": Severity.SEV4, "page me": Severity.SEV4}


def test_an_alias_for_two_severities_stops_the_service_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[severities]\nsev4 = { aliases = ["a"] }\nsev5 = { aliases = ["A"] }\n', "utf-8")
    with pytest.raises(SettingError, match=r"severities: .*'A' stands for sev4 and for sev5"):
        load_policy(path, Policy)


async def test_a_webhook_s_severity_goes_through_the_organisation_s_words() -> None:
    messages = FakeMessages()
    door = Door(messages=messages)
    door.app.state.deps = door.deps.__class__(
        **{**{name: getattr(door.deps, name) for name in door.deps.__slots__}, "severities": {"page me": Severity.SEV4}}
    )
    alert = {
        "status": "firing",
        "labels": {"alertname": "Slow", "severity": "Page  me"},
        "annotations": {},
        "startsAt": "2026-03-02T09:00:00Z",
        "fingerprint": "f1",
    }
    body = {"version": "4", "status": "firing", "groupKey": "g", "alerts": [alert]}
    answer = await door.send(
        "POST", "/v1/webhooks/alertmanager", json=body, role=None, headers={"Authorization": "Bearer new token"}
    )
    assert answer.status_code == 202
    ((_, report),) = messages.said
    assert isinstance(report, said.IncidentReported)
    assert report.severity is Severity.SEV4
