"""What operators see: JSON logs on standard error, Prometheus counters, health answers."""

from __future__ import annotations

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge

HANDLED = Counter("afterword_messages_handled", "messages that had their effect", ["room", "message"])
DUPLICATES = Counter("afterword_messages_duplicate", "messages that had had their effect before", ["room", "message"])
RETRIED = Counter("afterword_messages_retried", "messages that wait for another attempt", ["room", "queue"])
PARKED = Counter("afterword_messages_parked", "messages that a human has to look at", ["room", "queue"])
OUTBOX_DOCUMENTS = Gauge(
    "afterword_outbox_documents", "documents with messages that are not said and cleared", ["room"]
)
OUTBOX_AGE = Gauge("afterword_outbox_oldest_seconds", "how long the oldest of these messages has waited", ["room"])


def start_logging(room: str, level: str) -> None:
    """Write one JSON object a line to standard error, with the room, the time in UTC and the message at hand."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=room)
