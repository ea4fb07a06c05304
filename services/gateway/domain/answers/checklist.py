"""The checklist of a review, as the API answers it. Pure."""

from __future__ import annotations

from services.gateway.domain.answers.shapes import Answer, example
from shared.contracts.checklists import Question


class ChecklistQuestion(Answer):
    """One question, and the name under which its answer is sent."""

    name: Question
    question: str


class ChecklistQuestions(Answer):
    """All questions, in their order."""

    model_config = example({"items": [{"name": "clarity", "question": "Is it readable for people of other teams?"}]})

    items: tuple[ChecklistQuestion, ...]
