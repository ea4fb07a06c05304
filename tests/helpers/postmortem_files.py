"""Postmortems as organisations keep them in Markdown: made up, in the styles that are common.

Each has one word that stands in no other, so that a test can look for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

SERVICES = ("checkout", "search", "payments", "login", "mail", "billing", "catalogue", "exports")
CAUSES = ("a connection pool", "an expired certificate", "a full disk", "a slow query", "a bad deploy", "a lost quorum")
PEOPLE = ("Ada Moreno", "Chen Li", "Dina Haddad", "Elias Brandt", "Farah Osei")
SYLLABLES = ("ka", "lo", "mi", "re", "su", "to", "va", "ne", "pi", "du", "ra", "sel", "tor", "vik", "zan")


@dataclass(frozen=True)
class Story:
    """What one made-up incident was about; `word` stands in its file alone."""

    number: int
    day: date
    service: str
    cause: str
    author: str
    level: int
    word: str

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.service.capitalize()} was slow because of {self.cause}"

    @property
    def summary(self) -> str:
        """How it is told in short."""
        return (
            f"For {self.number % 50 + 10} minutes {self.service} answered slowly. The {self.word} alert was the first."
        )

    def times(self, form: str) -> list[str]:
        """Return four lines of what happened; `form` takes `{time}` and `{text}`."""
        told = ("The first alert", f"{self.author} is paged", f"{self.cause} is found", "All is well again")
        return [form.format(time=f"{9 + n // 2:02}:{14 + 17 * (n % 2)}", text=text) for n, text in enumerate(told)]


@dataclass(frozen=True)
class Written:
    """One file: its style, its place below the folder, and what it is about."""

    style: str
    path: str
    story: Story


def a_story(number: int, seed: int = 0) -> Story:
    """Make up the story of a number."""
    chance = Random(f"{seed} {number}")  # noqa: S311 - made up, and no secret
    word = "".join(chance.choices(SYLLABLES, k=5)) + f"x{number}"
    day = date(2015, 1, 1) + timedelta(days=chance.randrange(3_500))
    return Story(
        number=number,
        day=day,
        service=chance.choice(SERVICES),
        cause=chance.choice(CAUSES),
        author=chance.choice(PEOPLE),
        level=chance.randint(1, 4),
        word=word,
    )


def handbook(story: Story) -> str:
    """Short facts as sections, a table of actions, times in a list: as the handbooks show it."""
    times = "\n".join(story.times("- **{time}** {text}"))
    return f"""# {story.title} (incident #{story.number})

## Date
{story.day}
## Authors
{story.author}, Gus Okoro
## Status
Complete, action items in progress
## Summary
{story.summary}
## Impact
1,{story.number % 900 + 100} requests were lost, no revenue.
## Root Causes
{story.cause.capitalize()} that nobody watched.
## Trigger
A release on {story.day:%A}.
## Resolution
Rolled back.
## Detection
By a customer.
## Action Items
| Action item | Type | Owner | Bug |
|---|---|---|---|
| Watch the pool | prevent | {story.author} | n/a |

## Lessons Learned
### What went well
The rollback was quick.
### What went wrong
The alert came late.
### Where we got lucky
It was at night.

## Timeline
All times UTC.

{times}
"""


def blog(story: Story) -> str:
    """Front matter in YAML, questions for headings: as static sites have it."""
    return f"""---
layout: post
title: "{story.title}"
date: {story.day}
categories: [outage, {story.service}]
tags:
  - database
author: {story.author}
severity: SEV-{story.level}
services: {story.service}
---
{story.summary}

## What happened?
> It was worse than it looked.

```
ERROR pool exhausted: 0 of 20
```

## How did we fix it?
We restarted it, then [wrote this](https://status.example.com/{story.number}).

## What are we doing to prevent this?
1. Measure the pool.
2. Alert on it.
"""


def toml_site(story: Story) -> str:
    """Front matter in TOML."""
    return f"""+++
title = "{story.title}"
date = {story.day}T09:14:00Z
tags = ["dns", "network"]
services = ["{story.service}"]
severity = "critical"
authors = ["{story.author}"]
+++

## Executive summary
{story.summary}

## Contributing factors
{story.cause}, and no limit.

## Timeline (UTC)
| Time | Event |
|------|-------|
{chr(10).join(story.times("| {time} | {text} |"))}

## Follow-up actions
* [ ] Set a limit
"""


def wiki(story: Story) -> str:
    """Underlined headings and a table of facts: as wikis export it."""
    return f"""{story.title}
{"=" * len(story.title)}

| Field | Value |
|---|---|
| **Date** | {story.day:%B} {story.day.day}, {story.day.year} |
| **Severity** | P{story.level} |
| **Owner** | {story.author} <{story.author.lower().replace(" ", ".")}@example.com> |
| **Affected services** | {story.service} and mail |

Incident summary
----------------

{story.summary}

Root cause analysis
-------------------

1. Why? {story.cause}
2. Why? Nobody looked.

What went well / what did not
-----------------------------

Both of it.
"""


def status_page(story: Story) -> str:
    """No heading at all, the newest first: as status pages are kept."""
    return f"""{story.title}

Resolved - This incident has been resolved. {story.word} is back.
{story.day:%b} {story.day.day}, 10:31 UTC

Monitoring - A fix is in place, and we look at the results.
{story.day:%b} {story.day.day}, 10:14 UTC

Investigating - We look into elevated errors of {story.service}.
{story.day:%b} {story.day.day}, 09:14 UTC
"""


def numbered(story: Story) -> str:
    """Every heading of the first level, with numbers: as word processors export it."""
    return f"""# Postmortem {story.number}: {story.title}

**Date of incident**: {story.day.day} {story.day:%B %Y}
**Severity**: Sev {story.level}
**Prepared by**: {story.author}

# 1. Summary
{story.summary}

# 2. Impact
Customers of {story.service} waited.

# 3. Root Cause
{story.cause}

# 4. Corrective Actions
None.
"""


def in_bold(story: Story) -> str:
    """Bold lines for headings: as mails and chats have it."""
    return f"""# Incident Report — {story.title}

Date: {story.day.isoformat()}
Services: {story.service}

**Summary**

{story.summary}

**What went well**

We were quick.

**Action Items:**

- Watch it 🔎
"""


def nested(story: Story) -> str:
    """Everything below one heading of the second level, with HTML in it."""
    times = "\n".join(story.times("* {time} - {text}"))
    return f"""# {story.day} {story.service}

## Incident report

### Overview
{story.summary} <img src=x onerror=alert(1)> <b>Bold</b>

### Chronology
{times}

### Learnings
Größe und 東京: [click](javascript:alert(1))
"""


STYLES: dict[str, Callable[[Story], str]] = {
    each.__name__: each for each in (handbook, blog, toml_site, wiki, status_page, numbered, in_bold, nested)
}


def write(folder: Path, count: int, seed: int = 0) -> list[Written]:
    """Write so many files into a folder, in all styles and a folder a year; return what was written."""
    done = []
    for number in range(count):
        story = a_story(number, seed)
        style = tuple(STYLES)[number % len(STYLES)]
        name = f"{story.day.isoformat()}-{story.service}-{number}.md" if style == "blog" else f"incident-{number}.md"
        path = folder / str(story.day.year) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(STYLES[style](story), encoding="utf-8")
        done.append(Written(style, str(path.relative_to(folder).as_posix()), story))
    return done
