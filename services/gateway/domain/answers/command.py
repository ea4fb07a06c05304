"""What becomes of a request, as the API answers it. Pure."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.gateway.domain.answers.shapes import Address, Answer, Id, example

COMMAND = "0d6f7c11-6f5f-5a43-9d6f-5e0f4a0e0d6a"
MESSAGE = "9a57b7c0-3f5b-5d0c-8f0e-2c7f8c110b5f"


class Accepted(Answer):
    """It is durable and will be done; its service has not answered yet."""

    model_config = example({"status": "accepted", "status_url": f"https://afterword.example.com/v1/commands/{COMMAND}"})

    status: Literal["accepted"]
    status_url: Address = Field(description="Where to look what became of it; the same as `Location`.")


class CommandStatus(Answer):
    """What became of a request that was answered with 202."""

    model_config = example({"status": "done", "result": {"revision": 2, "status": "in_review"}})

    status: Literal["accepted", "done"]
    result: dict[str, Any] | None = Field(description="The service's own words; null until it has answered.")


class Reported(Answer):
    """Everything that was sent is stored and will be handled.

    The ids are those of the first event; `message_ids` names the messages of all of them. Where nothing was to be
    told (a ping) there are none, and where the content could not be understood no incident is named.
    """

    model_config = example(
        {
            "incident_id": "7c110b5f-4c52-5d3c-8a53-9a575f0c2f7c",
            "postmortem_id": "5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
            "message_id": MESSAGE,
            "message_ids": [MESSAGE],
        }
    )

    incident_id: Id | None = None
    postmortem_id: Id | None = None
    message_id: Id | None = None
    message_ids: tuple[Id, ...] = ()
