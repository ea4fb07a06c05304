"""Bringing in postmortems from before, one a request: `afterword import` reads files and sends what they tell."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.gateway.domain.access import Act
from services.gateway.domain.answers.imports import ImportOutcome
from services.gateway.domain.answers.shapes import example
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import Needs, may
from services.gateway.handlers.giving import IdempotencyKey, accepted, give
from services.gateway.handlers.written import WrittenLine, WrittenText
from shared.contracts.base import Moment, Person, Severity, Token, Url
from shared.contracts.commands import Actor
from shared.contracts.findings import Justification
from shared.contracts.importing import ImportedEntry, ImportPostmortem, SourceName, imported_id
from shared.contracts.sections import Section, Title
from shared.contracts.values import SectionName

router = APIRouter(prefix="/v1", tags=["postmortems"])
EXAMPLE = {
    "source": "2021/2021-03-04-checkout.md",
    "url": "https://wiki.example.com/postmortems/checkout",
    "published_at": "2021-03-09T00:00:00Z",
    "started_at": "2021-03-04T09:14:00Z",
    "title": "Checkout answered slowly",
    "severity": "sev2",
    "services": ["checkout"],
    "tags": ["database"],
    "people": [{"name": "Ada Moreno", "email": "ada@example.com", "role": "author"}],
    "sections": [{"name": "impact", "title": "Impact", "text": "413 orders timed out.\n"}],
    "timeline": [{"at": "2021-03-04T09:14:00Z", "text": "The first alert"}],
}


class SectionImported(BaseModel):
    """One section: a name that it goes by, the heading that people read, and its Markdown."""

    model_config = ConfigDict(extra="forbid")

    name: SectionName
    title: Title
    text: WrittenText = ""


def _told_apart(sections: tuple[SectionImported, ...]) -> tuple[SectionImported, ...]:
    """Return the sections. Raises: ValueError when two go by one name."""
    seen: set[str] = set()
    for section in sections:
        if section.name in seen:
            msg = f"the name {section.name!r} stands twice; join the two sections, or give one another name"
            raise ValueError(msg)
        seen.add(section.name)
    return sections


class PostmortemToImport(BaseModel):
    """A postmortem as a file tells it; `source` is what the file goes by from one import to the next.

    `people` are those whom it names, in the role `owner` or `author`, or another. Without a severity the policy's
    default is taken. `justifications` say why what was found in it may stay. `dry_run`: say what would come of it.
    """

    model_config = ConfigDict(extra="forbid", **example(EXAMPLE))

    source: SourceName
    url: Url | None = None
    published_at: Moment | None = None
    started_at: Moment | None = None
    resolved_at: Moment | None = None
    title: WrittenLine
    severity: Severity | None = None
    services: Annotated[tuple[Token, ...], Field(max_length=100)] = ()
    tags: Annotated[tuple[Token, ...], Field(max_length=50)] = ()
    people: Annotated[tuple[Person, ...], Field(max_length=200)] = ()
    sections: Annotated[tuple[SectionImported, ...], Field(min_length=1, max_length=100), AfterValidator(_told_apart)]
    timeline: Annotated[tuple[ImportedEntry, ...], Field(max_length=2_000)] = ()
    justifications: Annotated[tuple[Justification, ...], Field(max_length=200)] = ()
    dry_run: bool = False

    def command(self, actor: Actor) -> ImportPostmortem:
        """Return what drafting is asked for."""
        beside = self.model_dump(exclude={"sections"})
        return ImportPostmortem(
            postmortem_id=imported_id(self.source),
            actor=actor,
            report={section.name: section.text for section in self.sections},
            sections=tuple(Section(name=each.name, title=each.title, required=False) for each in self.sections),
            **beside,
        )


@router.post(
    "/imports",
    summary="Import a postmortem from before",
    **answers(
        ImportOutcome,
        "404 unknown-postmortem",
        "422 secret-or-personal-data",
        "422 unknown-finding",
        "422 too-large",
        says="What came of it.",
        later=True,
    ),
)
async def import_postmortem(
    postmortem: PostmortemToImport,
    actor: Annotated[Actor, may(Act.IMPORT_POSTMORTEMS)],
    deps: Needs,
    key: IdempotencyKey = None,
) -> Response:
    """Keep a postmortem from before in the library, published as it is: nobody reviews it, nobody gets a mail.

    The same `source` again is the same postmortem: what is different is its next revision, the same is no change.
    Secrets and personal data are taken out of the file or justified first.
    """
    command = postmortem.command(actor)
    answered = await give(deps, command, key)
    if answered.reply is None:
        return accepted(deps, answered.id)
    base = deps.public_url.rstrip("/")
    outcome = ImportOutcome.model_validate(
        {
            **answered.reply.data,
            "id": command.postmortem_id,
            "links": {
                "self": f"{base}/v1/postmortems/{command.postmortem_id}",
                "page": f"{base}/postmortems/{command.postmortem_id}",
            },
        }
    )
    return JSONResponse(outcome.model_dump(mode="json"))
