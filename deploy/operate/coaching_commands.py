"""`afterword coaching`: read a text as the review does, see its rules, and take them into an editor."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from deploy.operate.console import clear_errors, out

app = typer.Typer(
    help="""\
Coaching: what is remarked on how a postmortem is told, while it is written.

Try a text: `afterword coaching check report.md`. See what is looked for: `afterword coaching rules`. An organisation's
own rules are files beside its policy file, named in `[review.coaching]` (docs/coaching.md); try one with

    afterword coaching check --rules house-style.toml report.md

and take all of them into an editor that has Vale: `afterword coaching export .` writes `.vale.ini` and `styles`.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Postmortems in Markdown.")]
People = Annotated[list[str] | None, typer.Option("--people", metavar="NAME", help="Who took part; may be repeated.")]
Own = Annotated[list[Path] | None, typer.Option("--rules", metavar="FILE", help="Rules to try; may be repeated.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where your texts are.")]
COLOURS = {"error": "red", "warning": "yellow", "advice": "cyan"}


@app.command()
def check(
    files: Files,
    people: People = None,
    rules: Own = None,
    as_json: Annotated[bool, typer.Option("--json", help="All that is known of each remark.")] = False,
) -> None:
    """Print what is remarked on each file, as `file:line:column`; the exit status is 1 when there is an error.

    A heading of the second level begins a section; what stands before the first one is read as the overview. The rules
    are those of the review, with the files that the policy file names (the one of `AFTERWORD_POLICY`, else the sample
    organisation's), and those of `--rules`.

    Names are blamed only when they are known: `--people "Ben Okafor"`.
    """
    from deploy.operate import coaching  # noqa: PLC0415 - a room's rules take time to load

    with clear_errors():
        coach = coaching.coach(tuple(rules or ()))
        found = [each for file in files for each in coaching.checked(coach, file, tuple(people or ()))]
    if as_json:
        sys.stdout.write(json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False) + "\n")
    else:
        for each in found:
            severity = each.remark.severity.value
            place = f"{each.file}:{each.line}:{each.remark.column}"
            words = f"“{' '.join(each.remark.words.split())}” " if each.remark.words else ""
            head = f"{escape(place)}: [{COLOURS[severity]}]{severity}[/] {each.remark.rule}: "
            out.print(f"{head}{escape(words + each.remark.message)} {escape(each.remark.rewrite)}", highlight=False)
    raise typer.Exit(1 if any(each.remark.severity.value == "error" for each in found) else 0)


@app.command("rules")
def show_rules(rules: Own = None) -> None:
    """Show what is looked for: the rules of the review and of the policy's files."""
    from deploy.operate import coaching  # noqa: PLC0415 - a room's rules take time to load

    with clear_errors():
        every = coaching.coach(tuple(rules or ())).rules
    table = Table("rule", "severity", "family", "sections", "says", box=None, header_style="dim")
    rows = [(rule.advice, ", ".join(rule.sections) or "all") for rule in every.words]
    for advice, where in (*rows, *((form, "form") for form in every.forms)):
        colour = COLOURS[advice.severity.value]
        severity = f"[{colour}]{advice.severity.value}[/]"
        table.add_row(advice.name, severity, advice.family, where, escape(advice.message))
    out.print(table)


@app.command()
def export(folder: Folder, rules: Own = None) -> None:
    """Write the rules as styles of Vale (vale.sh), so that authors see the same in their editor.

    Writes `styles/Afterword/*.yml`, and a `.vale.ini` if there is none. Vale knows neither sections nor who took part:
    rules that need them are left out.
    """
    from deploy.operate import coaching  # noqa: PLC0415 - a room's rules take time to load

    with clear_errors():
        written = coaching.export(coaching.coach(tuple(rules or ())), folder)
    for path in written:
        out.print(f"[green]✓[/] {escape(str(path))}", highlight=False)
