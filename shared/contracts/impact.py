"""What is measured of incidents, and which incidents one postmortem is about."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.contracts.base import Moment, PostmortemId, Value
from shared.contracts.values import Incident

Seconds = Annotated[int | None, Field(ge=0)]


class IncidentDurations(Value):
    """When the decisive things happened, and how long each took in whole seconds. None is not known, never a guess.

    Detected is when the first incident was opened. `time_to_detect_s` counts from the beginning of the impact, the
    times to acknowledge, mitigate and resolve from detection; `impact_s` is how long people noticed it. Two moments in
    the wrong order make no duration. Of several incidents the first beginning and the last end count; an end that one
    of them has not reached is not known. `reopened` counts how often an incident came back: the time to resolve goes
    on until the last end.
    """

    impact_started_at: Moment | None = None
    detected_at: Moment | None = None
    acknowledged_at: Moment | None = None
    mitigated_at: Moment | None = None
    resolved_at: Moment | None = None
    impact_ended_at: Moment | None = None
    reopened: int = Field(default=0, ge=0)
    time_to_detect_s: Seconds = None
    time_to_acknowledge_s: Seconds = None
    time_to_mitigate_s: Seconds = None
    time_to_resolve_s: Seconds = None
    impact_s: Seconds = None


class GatheredIncident(Incident):
    """One of the incidents that a postmortem is about; `postmortem_id` is the postmortem that it began with."""

    postmortem_id: PostmortemId
