"""What came of an import, as the API answers it. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.gateway.domain.answers.postmortem import BASE, ID
from services.gateway.domain.answers.shapes import Address, Answer, Id, example

EXAMPLE = {
    "id": ID,
    "outcome": "created",
    "revision": 1,
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "links": {"self": BASE, "page": f"https://afterword.example.com/postmortems/{ID}"},
}


class ImportLinks(Answer):
    """Where the imported postmortem is read."""

    self: Address
    page: Address


class ImportOutcome(Answer):
    """What came of an import; of a dry run, what would."""

    model_config = example(EXAMPLE)

    id: Id
    outcome: Literal["created", "changed", "unchanged"] = Field(
        description="`changed`: it was there, and has a new revision; `unchanged`: it says this already."
    )
    revision: int
    content_hash: str
    links: ImportLinks
