"""The bus described as AsyncAPI 3.0, made of the contracts, the topology and the broker's permissions.

The examples of the messages are read from their files; all else is pure.
FastStream can describe a broker too. It knows queues, but not what is in them: the rooms hear raw bodies, and say
through an outbox that the framework does not see.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.local.site import REPOSITORY
from deploy.operate.declared import Declared, declared
from deploy.operate.permissions import ROOMS, SAYS, TOOLS, gives
from shared.contracts import COMMANDS, EVENTS, MESSAGES, BaseMessage
from shared.contracts.base import Value
from shared.contracts.commands import BaseCommand
from shared.contracts.decision import Reply
from shared.messaging import topology
from shared.room import installed_version

Json = dict[str, Any]
EXAMPLES = REPOSITORY / "shared" / "contracts" / "examples"
BINDING = "0.3.0"
REPLY = "Reply"
REPLIES = "replies"
HEADERS = "CloudEvent"
DESCRIPTION = """Rooms tell each other facts and are given commands, over RabbitMQ topic exchanges.

Every message is a CloudEvent 1.0 in binary mode: attributes in `ce-` headers, the data as JSON in the body. A message
may come more than once: whoever hears it knows it again by `ce-id`. Inside vN, fields are only added, and what a
hearer does not know it ignores. Fields and names are promises; queues belong to their rooms, and nobody else reads
them. To hear facts, bind a queue of your own."""


def document() -> Json:
    """Return the whole description."""
    plan = declared()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Afterword's bus",
            "version": installed_version(),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "rabbitmq": {
                "host": "localhost:5672",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
                "description": "RabbitMQ 3.10 or newer; each room has a user of its own.",
                "security": [{"$ref": "#/components/securitySchemes/room"}],
            }
        },
        "channels": {**_exchanges(plan), **_queues(plan), **_beside(plan)},
        "operations": {name: body for room in (*ROOMS, TOOLS) for name, body in _operations(room)},
        "components": _components(),
    }


def _exchanges(plan: Declared) -> Json:
    return {
        f"said.{name}": _channel(name, f"Where {name} is said.", [name], _exchange(topology.exchange_of(name), plan))
        for name in MESSAGES
    }


def _queues(plan: Declared) -> Json:
    arguments = {queue.name: queue.arguments for queue in plan.queues}
    return {
        f"heard.{queue}": _channel(
            queue,
            f"Where {room} hears {name}.",
            [name],
            _queue(queue, arguments[queue]) | {"x-bound-to": {"exchange": exchange, "routing-key": name}},
        )
        for room in topology.HEARS
        for queue, exchange, name in topology.bindings(room)
    }


def _beside(plan: Declared) -> Json:
    """What is no way from a sayer to a hearer: replies, messages that wait or are parked, and the log of facts."""
    arguments = {queue.name: queue.arguments for queue in plan.queues}
    hearers = [queue for room in topology.HEARS for queue, _, _ in topology.bindings(room)]
    first, waiting = topology.parking_of(hearers[0]), topology.waiting(topology.waiting_times()[0])
    delays = [str(delay) for delay in topology.waiting_times()]
    replies = _exchange(topology.REPLIES, plan)
    return {
        REPLIES: _channel(None, "A queue a process, gone with it; a command names it.", [REPLY], replies),
        "parking": _channel(
            "parking.{queue}",
            "What could not be handled, with its error in `x-` headers, until somebody decides.",
            list(MESSAGES),
            _queue("parking.{queue}", arguments[first]),
            queue=hearers,
        ),
        "waiting": _channel(
            "afterword.retry.{milliseconds}",
            "What failed in passing, until it is tried again.",
            list(MESSAGES),
            _queue("afterword.retry.{milliseconds}", arguments[waiting]),
            milliseconds=delays,
        ),
        "log": _channel(
            topology.LOG,
            "A stream that keeps every fact, so that a library can be built again.",
            list(EVENTS),
            _queue(topology.LOG, arguments[topology.LOG]),
        ),
    }


def _channel(address: str | None, summary: str, messages: list[str], binding: Json, **parameters: list[str]) -> Json:
    given = {name: {"enum": values} for name, values in parameters.items()}
    return {
        "address": address,
        "summary": summary,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"amqp": {**binding, "bindingVersion": BINDING}},
        **({"parameters": given} if given else {}),
    }


def _exchange(name: str, plan: Declared) -> Json:
    flags = {"durable": True, "autoDelete": False, "vhost": "/"}
    return {"is": "routingKey", "exchange": {"name": name, "type": plan.exchanges[name], **flags}}


def _queue(name: str, arguments: Mapping[str, str | int]) -> Json:
    flags = {"durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    return {"is": "queue", "queue": {"name": name, **flags}, "x-arguments": dict(arguments)}


def _operations(room: str) -> Iterator[tuple[str, Json]]:
    """Yield what a room says and gives, and what it hears and does."""
    for name in (*SAYS[room], *(gives(room) if room in ROOMS else ())):
        binding = {"deliveryMode": 2, "mandatory": True, "timestamp": True}
        yield f"{room}.says.{name}", _operation("send", f"said.{name}", name, binding)
    for queue, _, name in topology.bindings(room) if room in ROOMS else ():
        yield f"{room}.hears.{name}", _operation("receive", f"heard.{queue}", name, {"ack": True})


def _operation(action: str, channel: str, name: str, binding: Json) -> Json:
    return {
        "action": action,
        "summary": _words(MESSAGES[name]),
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"}],
        "bindings": {"amqp": {**binding, "bindingVersion": BINDING}},
        **({"reply": _answered()} if issubclass(MESSAGES[name], BaseCommand) else {}),
    }


def _answered() -> Json:
    return {
        "address": {"location": "$message.header#/reply_to", "description": "The AMQP property `reply-to`."},
        "channel": {"$ref": f"#/channels/{REPLIES}"},
        "messages": [{"$ref": f"#/channels/{REPLIES}/messages/{REPLY}"}],
    }


def _components() -> Json:
    schemas: Json = {HEADERS: _headers()}
    said: dict[str, type[Value]] = {**MESSAGES, REPLY: Reply}
    for name, message in said.items():
        schema = message.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    return {
        "schemas": schemas,
        "messages": {**{name: _message(name, message) for name, message in MESSAGES.items()}, REPLY: _reply()},
        "securitySchemes": {"room": {"type": "userPassword", "description": "`afterword.<room>`, or for tools."}},
    }


def _headers() -> Json:
    """CloudEvents 1.0 attributes, and what connects a message with its cause."""
    always = {
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-id": {"type": "string", "description": "The same on every redelivery; also the AMQP `message-id`."},
        "ce-source": {"type": "string", "description": "`afterword/<room>`."},
        "ce-type": {"type": "string", "description": "The routing key: whoever may not say it is not heard."},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-subject": {"type": "string", "description": "The postmortem's id."},
    }
    sometimes = {
        "x-causation-id": {"type": "string", "description": "`ce-id` of the message that this one follows from."},
        "traceparent": {"type": "string", "description": "W3C Trace Context."},
    }
    return {"type": "object", "required": ["ce-id"], "properties": {**always, **sometimes}}


def _message(name: str, message: type[BaseMessage]) -> Json:
    return {
        "name": name,
        "title": name,
        "summary": _words(message),
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{HEADERS}"},
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "tags": [{"name": "command" if name in COMMANDS else "event"}],
        "bindings": {"amqp": {"messageType": name, "bindingVersion": BINDING}},
        "examples": [{"name": path.stem, "payload": json.loads(path.read_bytes())} for path in _examples(name)],
    }


def _examples(name: str) -> list[Any]:
    return sorted(path for path in EXAMPLES.glob(f"{name}*.json") if path.stem == name)


def _reply() -> Json:
    return {
        "name": REPLY,
        "title": REPLY,
        "summary": _words(Reply),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{REPLY}"},
        "correlationId": {
            "location": "$message.header#/correlation_id",
            "description": "The AMQP property `correlation-id`: `ce-id` of the command.",
        },
        "examples": [{"name": "done", "payload": {"refusal": None, "data": {"revision": 2}, "said": {}}}],
    }


def _words(model: type) -> str:
    """The first line of what a class says of itself."""
    return (model.__doc__ or "").strip().partition("\n")[0]
