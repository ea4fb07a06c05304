"""A company of some size: engineers who own postmortems, reviewers, services, one list. Every person is made up."""

from __future__ import annotations

from collections.abc import Iterator

ENGINEERS, REVIEWERS = 300, 40
READERS = 3
"""So many get each report."""

HEAD = """\
[organisation]
name = "Example Corp"
timezone = "Europe/Berlin"
holidays = ["DE-BE"]
working_hours = ["09:00", "17:00"]

[drafting]
default_owner = "engineer0@example.com"
postmortem_for = ["sev1", "sev2", "sev3"]
default_severity = "sev3"
settle_seconds = 0

[drafting.deadlines]
sev2 = { business_days = 10 }
sev3 = { business_days = 10 }

[review]
reviewers = 2
capacity = 1000

[calendar]
name = "Incident Postmortem Meetings"
organizer = { name = "Postmortem meetings", email = "postmortems@example.com" }
join_url = "https://meet.example.com/{postmortem_id}"
notice_hours = 24
minutes = { sev1 = 60, sev2 = 30, sev3 = 30, sev4 = 30, sev5 = 30 }

[distribution]
sender = { name = "Incident Reports", email = "incident-reports@example.com" }
reply_to = "engineering@example.com"
domain = "example.com"
grace_hours = 24
connections = 5
"""


def engineer(number: int) -> tuple[str, str]:
    """Return the name and address of the n-th engineer, counted around."""
    of = number % ENGINEERS
    return f"Engineer {of}", f"engineer{of}@example.com"


def service(number: int) -> str:
    """Return the name of the service of the n-th incident."""
    return f"service-{number % 50}"


def policy() -> str:
    """Return the policy file."""
    return "\n".join([HEAD, *people(), reports()])


def people() -> Iterator[str]:
    """Yield everybody's entry."""
    for number in range(ENGINEERS):
        name, email = engineer(number)
        yield _person(name, email, "engineer")
    for number in range(REVIEWERS):
        yield _person(f"Reviewer {number}", f"reviewer{number}@example.com", "reviewer") + "reviews = true\n"
    yield _person("Hana Sato", "hana.sato@example.com", "admin")
    yield _person("Pager Bridge", "pager-bridge@example.com", "tool")


def reports() -> str:
    """Return the list that gets every report."""
    members = ", ".join(f'"reader{number}@example.com"' for number in range(READERS))
    return f'[[lists]]\nname = "incident-reports"\ntitle = "Incident Reports"\nmembers = [{members}]\n'


def _person(name: str, email: str, role: str) -> str:
    return f'[[people]]\nname = "{name}"\nemail = "{email}"\nrole = "{role}"\n'
