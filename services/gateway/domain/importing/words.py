"""What people call the parts of a postmortem, as data: another word is one more in these tables. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from shared.contracts.base import Severity

TITLES: Mapping[str, str] = {"overview": "Overview", "details": "Details", "front_matter": "Front matter"}
"""Headings of what had none in its file."""
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "overview": (
        *(
            "overview",
            "summary",
            "executive summary",
            "incident summary",
            "issue summary",
            "outage summary",
            "abstract",
        ),
        *("tldr", "tl dr", "synopsis", "introduction", "high level summary", "in short", "at a glance"),
    ),
    "impact": (
        *("impact", "customer impact", "user impact", "business impact", "impact assessment", "who was affected"),
        *(
            "scope and impact",
            "impact and scope",
            "affected users",
            "affected customers",
            "effects",
            "damage",
            "symptoms",
        ),
    ),
    "contributing_factors": (
        *(
            "contributing factors",
            "root cause",
            "root causes",
            "cause",
            "causes",
            "root cause analysis",
            "rca",
            "trigger",
        ),
        *("root cause and trigger", "why did it happen", "why it happened", "five whys", "5 whys", "underlying causes"),
        *("contributing conditions", "contributing causes", "root causes and contributing factors", "probable cause"),
    ),
    "detection": (
        "detection",
        "how was it detected",
        "how we found out",
        "how did we find out",
        "discovery",
        "alerting",
    ),
    "timeline": (
        *("timeline", "incident timeline", "timeline of events", "chronology", "sequence of events", "event timeline"),
        *("detailed timeline", "timeline utc", "timeline of the incident", "incident chronology"),
    ),
    "what_happened": (
        *("what happened", "description", "incident description", "background", "details", "incident details"),
        *(
            "narrative",
            "analysis",
            "technical details",
            "what went on",
            "the incident",
            "the outage",
            "event description",
        ),
    ),
    "resolution": (
        *(
            "resolution",
            "recovery",
            "resolution and recovery",
            "mitigation",
            "remediation",
            "fix",
            "response",
            "the fix",
        ),
        *(
            "mitigation and resolution",
            "incident response",
            "how was it fixed",
            "how we fixed it",
            "corrective measures",
        ),
    ),
    "responders": ("responders", "participants", "people involved", "roles", "incident team", "who was involved"),
    "what_went_well": ("what went well", "went well", "things that went well", "what worked", "positives"),
    "what_did_not_go_well": (
        *("what did not go so well", "what did not go well", "what went wrong", "what went badly", "what went poorly"),
        *("things that went poorly", "what didnt go well", "what could have gone better", "what could be improved"),
        *("went poorly", "things that went wrong", "negatives", "what didnt go so well", "what can be improved"),
    ),
    "where_we_got_lucky": ("where we got lucky", "what went lucky", "luck", "got lucky", "things that went luckily"),
    "lessons_learned": ("lessons learned", "lessons", "learnings", "what we learned", "lessons learnt", "takeaways"),
    "action_items": (
        *("action items", "actions", "follow up", "follow ups", "follow up actions", "next steps", "todo", "to do"),
        *("corrective actions", "remediation items", "preventive measures", "prevention", "follow up items", "tasks"),
        *("action plan", "corrective and preventative measures", "corrective and preventive measures", "future work"),
        *("what are we doing to prevent this", "what we are doing about it", "repair items", "improvements"),
    ),
}
"""Name of a section -> what it is headed by in files; compared by `plain`."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "contributing_factors": ("root cause", "contributing factor"),
    "timeline": ("timeline", "chronology"),
    "what_went_well": ("went well",),
    "what_did_not_go_well": ("go well", "went wrong", "went poorly", "go so well"),
    "where_we_got_lucky": ("got lucky",),
    "lessons_learned": ("lessons", "learned"),
    "action_items": ("action item", "follow up", "next steps", "prevent"),
    "impact": ("impact",),
    "resolution": ("resolution", "recovery", "mitigation"),
    "detection": ("detect",),
    "overview": ("summary",),
}
"""Name of a section -> words that a longer heading of it has somewhere; the first that fits counts."""
LONGEST_HEADING = 60
"""Longer headings are sentences, in which a word tells nothing of what the section is."""
LONGEST_COMPARED = 1_000
FACTS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "name", "postmortem", "incident_title"),
    "id": ("id", "uid", "postmortem_id"),
    "url": ("url", "link", "canonical_url", "source_url", "permalink"),
    "started": (
        *("incident_date", "started_at", "started", "start", "start_time", "incident_start", "occurred_at", "began"),
        *("date_of_incident", "incident_start_time", "start_date", "impact_start", "outage_start"),
    ),
    "resolved": (
        "resolved_at",
        "resolved",
        "end",
        "ended",
        "end_time",
        "incident_end",
        "ended_at",
        "end_date",
        "impact_end",
    ),
    "published": ("published_at", "published", "publish_date", "date_published", "publication_date", "pubdate"),
    "date": ("date", "day", "when", "datetime", "incident_date_and_time"),
    "severity": ("severity", "sev", "severity_level", "incident_severity", "priority"),
    "services": ("services", "service", "affected_services", "affected_service", "systems", "components", "product"),
    "tags": ("tags", "tag", "categories", "category", "labels", "keywords"),
    "owner": ("owner", "owners", "postmortem_owner", "incident_owner", "lead", "incident_lead"),
    "author": ("author", "authors", "written_by", "postmortem_author", "postmortem_authors", "by", "prepared_by"),
    "incident_commander": ("incident_commander", "commander", "ic"),
    "status": ("status", "state"),
    "timezone": ("timezone", "time_zone", "tz"),
}
"""What a file can tell beside its text -> the names of the field, folded."""
SEVERITIES: Mapping[str, Severity] = {
    **dict.fromkeys(("critical", "blocker", "emergency", "catastrophic", "disaster"), Severity.SEV1),
    **dict.fromkeys(("major", "high", "severe", "significant"), Severity.SEV2),
    **dict.fromkeys(("moderate", "medium", "partial"), Severity.SEV3),
    **dict.fromkeys(("minor", "low", "degraded"), Severity.SEV4),
    **dict.fromkeys(("trivial", "cosmetic", "informational", "info", "none"), Severity.SEV5),
}
_LEVEL = re.compile(r"\b(?:sev(?:erity)?|p|s|priority|level)[\s\-_]*([0-5])\b", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s*(?:\d+(?:\.\d+)*[.):]?|[a-z][.)])\s+", re.IGNORECASE)
_SILENT = re.compile(r"[\u2019'`]")
_ODD = re.compile(r"[\W_]+")


def plain(heading: str) -> str:
    """Return a heading as headings are compared: `3. What didn't go well?` is `what didnt go well`."""
    words = _ODD.sub(" ", _SILENT.sub("", _NUMBERED.sub("", heading[:LONGEST_COMPARED])).casefold())
    return words.strip().removeprefix("the ")


_NAMES = {words: name for name, every in SECTIONS.items() for words in every}
_FIELDS = {name: fact for fact, every in FACTS.items() for name in every}


def section_of(heading: str) -> str | None:
    """Return the name of the section that a heading begins; None when it is none that all postmortems have."""
    words = plain(heading)
    if words in _NAMES:
        return _NAMES[words]
    if len(words) > LONGEST_HEADING:
        return None
    return next((name for name, parts in PARTS.items() if any(part in words for part in parts)), None)


def fact_of(field: str) -> str | None:
    """Return what a field (its name folded) tells; None when nobody knows."""
    return _FIELDS.get(field)


def severity_of(value: str) -> Severity | None:
    """Return the severity that a value names: a level (0 and 1 are the worst), else the first word that is known."""
    if match := _LEVEL.search(value):
        return Severity(f"sev{max(1, int(match[1]))}")
    if value.strip() in ("0", "1", "2", "3", "4", "5"):
        return Severity(f"sev{max(1, int(value))}")
    return next((SEVERITIES[word] for word in plain(value).split() if word in SEVERITIES), None)
