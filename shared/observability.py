"""What operators see: JSON logs on standard error, Prometheus metrics, health answers."""

from __future__ import annotations

import logging
import sys

import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import Processor

from shared.log_lines import without_words_of_people

HANDLED = Counter("afterword_messages_handled", "messages that had their effect", ["room", "message"])
DUPLICATES = Counter("afterword_messages_duplicate", "messages that had had their effect before", ["room", "message"])
RETRIED = Counter("afterword_messages_retried", "messages that wait for another attempt", ["room", "queue"])
PARKED = Counter("afterword_messages_parked", "messages that a human has to look at", ["room", "queue"])
HANDLING = Histogram(
    "afterword_message_handling_seconds",
    "how long handling a message took, its commit and what it said included",
    ["room", "message"],
    buckets=(0.01, 0.05, 0.25, 1.0, 5.0, 30.0),
)
WAITED = Histogram(
    "afterword_message_wait_seconds",
    "how old messages were when their handling ended well: in queues, in outboxes, between attempts",
    ["room", "message"],
    buckets=(0.5, 2.0, 10.0, 60.0, 600.0, 3600.0),
)
OUTBOX_DOCUMENTS = Gauge(
    "afterword_outbox_documents", "documents with messages that are not said and cleared", ["room"]
)
OUTBOX_AGE = Gauge("afterword_outbox_oldest_seconds", "how long the oldest of these messages has waited", ["room"])

_EACH: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)
_LAST: tuple[Processor, ...] = (without_words_of_people, structlog.processors.JSONRenderer())


def start_logging(room: str, level: str) -> None:
    """Write one JSON object a line to standard error, with the room, the time in UTC and the message at hand.

    What libraries log comes out alike, from warnings on, and so do the interpreter's own warnings.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_EACH, *_LAST],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_of_libraries()], force=True)
    logging.captureWarnings(capture=True)
    structlog.contextvars.bind_contextvars(service=room)


def _of_libraries() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_EACH],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_LAST],
        )
    )
    return handler
