"""`afterword template`: what drafts are made from, and whether a file of one's own is right."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from deploy.operate.console import clear_errors, out
from shared.contracts.base import Severity

app = typer.Typer(
    help="""\
Templates: the sections that a draft begins with.

An organisation's own are files beside its policy file, named in `[drafting]` (docs/templates.md). To begin one:

    afterword template show --toml > postmortem.toml

edit it, `afterword template check postmortem.toml`, and name it in the policy file: `template = "postmortem.toml"`.""",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A template file.")]
Of = Annotated[Severity, typer.Option(metavar="SEVERITY", help="sev1 to sev5.")]
Services = Annotated[list[str] | None, typer.Option("--service", metavar="NAME", help="What was hit; may be repeated.")]


@app.command()
def check(file: File) -> None:
    """Say what sections a file has; the exit status is 1, with a line that says why, when it is wrong.

    It is filled from made-up incidents, one of which nearly nothing is known of, as drafting does when it starts.
    """
    from deploy.operate import templating  # noqa: PLC0415 - a room's adapters take time to load

    with clear_errors():
        template = templating.check(file)
    table = Table("section", "title", "part", "", "prompts", box=None, header_style="dim")
    for each in template.sections:
        need = "blocks review" if each.blocking else "required" if each.required else "optional"
        table.add_row(each.name, escape(each.title), each.part.value, need, str(len(each.prompts)))
    out.print(table)
    out.print(f"[green]✓[/] {escape(str(file))}: {len(template.sections)} sections", highlight=False)


@app.command()
def show(
    severity: Of = Severity.SEV1,
    service: Services = None,
    toml: Annotated[bool, typer.Option("--toml", help="The file that comes with Afterword, as it stands.")] = False,
) -> None:
    """Show a draft of a made-up incident, from the template that the policy file has for it.

    The policy file is the one that `AFTERWORD_POLICY` names, else the sample organisation's.
    """
    from deploy.operate import templating  # noqa: PLC0415 - a room's adapters take time to load
    from services.drafting.adapters import builtin  # noqa: PLC0415 - so do these

    if toml:
        sys.stdout.write(builtin())
        return
    with clear_errors():
        template, facts = templating.of_policy(severity, tuple(service or ()))
    sys.stdout.write(templating.filled(template, facts))
