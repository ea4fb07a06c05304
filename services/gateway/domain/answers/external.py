"""What customers are told of an incident, as the API answers it. Pure."""

from __future__ import annotations

from pydantic import Field

from services.gateway.domain.answers.shapes import Answer, Id, example

PARTS = [
    {
        "name": "external_summary",
        "title": "Summary for customers",
        "markdown": "Some orders took **long**.",
        "html": "<p>Some orders took <strong>long</strong>.</p>\n",
        "text": "Some orders took long.",
    }
]


class ExternalPart(Answer):
    """One part of the message, in three forms: a page takes the one that it likes."""

    name: str
    title: str
    markdown: str
    html: str = Field(description="Without scripts, images and styles.")
    text: str


class ExternalMessage(Answer):
    """What customers are told; `reviewed` is false when somebody asked for a draft of it."""

    model_config = example(
        {"id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11", "revision": 2, "reviewed": True, "parts": PARTS}
    )

    id: Id
    revision: int
    reviewed: bool
    parts: tuple[ExternalPart, ...]
