"""The questions that a reviewer answers beside a verdict; their words stand in `templates/checklist.toml`."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Annotated

from fastapi import APIRouter

from services.gateway.domain.access import Act
from services.gateway.domain.answers.checklist import ChecklistQuestion, ChecklistQuestions
from services.gateway.handlers.answering import answers
from services.gateway.handlers.caller import may
from shared.contracts.checklists import Question
from shared.contracts.commands import Actor

router = APIRouter(prefix="/v1", tags=["reviews"])
WORDS = tomllib.loads(resources.files("services.gateway").joinpath("templates/checklist.toml").read_text("utf-8"))
QUESTIONS = ChecklistQuestions(items=tuple(ChecklistQuestion(name=name, question=WORDS[name]) for name in Question))


@router.get("/reviews/checklist", summary="Read the checklist", **answers(ChecklistQuestions, says="The questions."))
async def read_checklist(_: Annotated[Actor, may(Act.READ_REVIEWS)]) -> ChecklistQuestions:
    """The questions that a reviewer is to answer beside a verdict, and what each is called there."""
    return QUESTIONS
