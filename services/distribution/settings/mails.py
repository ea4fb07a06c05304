"""What the policy file decides of how mails look, and who signs them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.distribution.domain.form import FileKind, ReportForm

Domain = Annotated[
    str,
    StringConstraints(
        to_lower=True, pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$"
    ),
]
Selector = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", max_length=63)]


class Dkim(BaseModel):
    """`[distribution.dkim]`: under which name the public key of the signatures stands in the DNS."""

    model_config = ConfigDict(extra="forbid")

    domain: Domain
    selector: Selector


class MailPolicy(BaseModel):
    """Of `[distribution]`: the folder of templates beside the policy file, how a report is mailed, and signatures."""

    templates: Path | None = None
    report: ReportForm = ReportForm.WHOLE
    report_file: FileKind = FileKind.HTML
    dkim: Dkim | None = None
