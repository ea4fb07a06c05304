"""Calls of subscribers over real sockets: to nowhere but where they may go, and to nobody but whom the name means."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import trustme

from services.gateway.adapters.outbound import MOST_READ, HttpCaller, resolve
from services.gateway.adapters.turns import AT_ONCE
from services.gateway.domain.hooks import Endpoint, Request
from services.gateway.ports import Barred, Unreachable
from shared.testing import FixedClock
from tests.helpers.builders import NOW
from tests.helpers.receiver import Receiver
from tests.integration.kernel_room import eventually
from tests.unit.gateway.hooks.sample import a_hook

SENT = Request({"webhook-id": "e-1"}, '{"type":"Published.v1"}')
HERE = "127.0.0.1/32"
NAME = "ci.example.com"


class Names:
    """A DNS that says what it is told to, the last again and again; `asked` counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def a_caller(ca: trustme.CA | None = None, clock: FixedClock | None = None, **how: Any) -> HttpCaller:
    context = ssl.create_default_context()
    if ca:
        ca.configure_trust(context)
    return HttpCaller("Afterword/test", context, clock or FixedClock(NOW), **how)


def served(ca: trustme.CA, name: str = NAME, host: str = "127.0.0.1") -> Receiver:
    """A receiver with a certificate for a name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(name).configure_cert(context)
    return Receiver(host=host, tls=context)


def at(url: str, *allow: str, name: str = "ci") -> Endpoint:
    return Endpoint(a_hook(name=name, allow=allow), url)


async def test_a_call_arrives_as_it_was_made(receiver: Receiver) -> None:
    assert await a_caller().call(at(receiver.url, HERE), SENT) == 200
    (hit,) = receiver.hits
    assert (hit.path, hit.body, hit.id) == ("/hook", SENT.body, "e-1")
    assert hit.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert hit.headers["user-agent"] == "Afterword/test"
    assert hit.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:7f00:1]"]
)
async def test_this_machine_is_not_called_under_any_name(receiver: Receiver, host: str) -> None:
    for allow in ((), ("10.0.0.0/8",)):
        with pytest.raises((Barred, Unreachable)):
            await a_caller().call(at(f"http://{host}:{receiver.port}/", *allow), SENT)
    assert receiver.hits == []


async def test_what_is_public_is_not_called_without_encryption() -> None:
    names = Names(["8.8.8.8"])
    with pytest.raises(Barred, match=r"ci\.example\.com is 8\.8\.8\.8"):
        await a_caller(resolve=names).call(at(f"http://{NAME}:80/", HERE), SENT)


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/meta-data/", "/elsewhere"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(receiver: Receiver, to: str, status: int) -> None:
    receiver.script.statuses, receiver.script.headers = [status, 200], {"Location": to}
    assert await a_caller().call(at(receiver.url, HERE), SENT) == status
    assert [hit.path for hit in receiver.hits] == ["/hook"]


async def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(500) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await a_caller().call(at(receiver.url, HERE), SENT) == 200
        assert proxy.hits == []


async def test_the_certificate_is_held_to_the_name_and_the_name_is_what_is_asked_for(authority: trustme.CA) -> None:
    with served(authority) as receiver:
        endpoint = at(f"https://{NAME}:{receiver.port}/", HERE)
        assert await a_caller(authority, resolve=Names(["127.0.0.1"])).call(endpoint, SENT) == 200
        assert receiver.names == [NAME]
        assert receiver.hits[0].headers["host"] == f"{NAME}:{receiver.port}"


async def test_a_certificate_for_another_name_or_of_an_unknown_authority_is_refused(authority: trustme.CA) -> None:
    with served(authority, "other.example.com") as receiver:
        endpoint = at(f"https://{NAME}:{receiver.port}/", HERE)
        for ca in (authority, None):
            with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
                await a_caller(ca, resolve=Names(["127.0.0.1"])).call(endpoint, SENT)
        assert receiver.hits == []


async def test_a_name_that_changes_after_it_was_looked_at_leads_nowhere_else(authority: trustme.CA) -> None:
    with served(authority, host="127.0.0.2") as meant, served(authority) as internal:
        ports = {meant.port, internal.port}
        for port in ports:
            names = Names(["127.0.0.2"], ["127.0.0.1"])
            caller, endpoint = a_caller(authority, resolve=names), at(f"https://{NAME}:{port}/", "127.0.0.2/32")
            with suppress(Unreachable):  # the one of the two ports at which nobody is meant to be
                await caller.call(endpoint, SENT)
            assert names.asked == 1
            with pytest.raises(Barred, match=r"127\.0\.0\.1, which is not public"):
                await caller.call(endpoint, SENT)
        assert (len(meant.hits), internal.hits) == (1, [])


async def test_one_address_too_many_bars_a_name(receiver: Receiver) -> None:
    names = Names(["127.0.0.1", "169.254.169.254"])
    with pytest.raises(Barred, match=r"169\.254\.169\.254"):
        await a_caller(resolve=names).call(at(f"http://{NAME}:{receiver.port}/", HERE), SENT)
    assert receiver.hits == []


async def test_the_next_address_is_tried_when_one_does_not_answer(receiver: Receiver) -> None:
    names = Names(["127.0.0.9", "127.0.0.1"])
    endpoint = at(f"http://{NAME}:{receiver.port}/", "127.0.0.0/8")
    assert await a_caller(resolve=names).call(endpoint, SENT) == 200


async def test_a_name_that_nobody_knows_is_out_of_reach_for_now() -> None:
    with pytest.raises(Unreachable):
        await a_caller().call(at("https://nobody.invalid/"), SENT)
    with pytest.raises(Unreachable, match="no address"):
        await a_caller(resolve=Names([])).call(at(f"https://{NAME}/"), SENT)


async def test_an_answer_without_end_is_not_read_to_it(receiver: Receiver) -> None:
    receiver.script.endless = True
    assert await a_caller().call(at(receiver.url, HERE), SENT) == 200
    receiver.script.endless = False
    assert receiver.sent < 1000 * MOST_READ


async def test_who_does_not_answer_in_time_is_out_of_reach_for_now(receiver: Receiver) -> None:
    receiver.script.open.clear()
    with pytest.raises(Unreachable, match="TimeoutError"):
        await a_caller(timeout=0.2).call(at(receiver.url, HERE), SENT)


async def test_a_slow_subscriber_is_called_a_few_times_at_once_and_keeps_nobody_else_waiting(
    receiver: Receiver,
) -> None:
    receiver.script.open.clear()
    caller, slow = a_caller(), at(receiver.url, HERE)
    calls = [asyncio.create_task(caller.call(slow, SENT)) for _ in range(AT_ONCE)]
    await eventually(lambda: _is(receiver.held == AT_ONCE))
    with pytest.raises(Unreachable, match="ci is busy"):
        await caller.call(slow, SENT)
    with Receiver() as quick:
        assert await caller.call(at(quick.url, HERE, name="quick"), SENT) == 200
    receiver.script.open.set()
    assert await asyncio.gather(*calls) == [200] * AT_ONCE
    assert await caller.call(slow, SENT) == 200


async def test_who_asks_to_be_left_alone_is_for_as_long_as_it_asks(receiver: Receiver) -> None:
    receiver.script.statuses, receiver.script.headers = [429, 200], {"Retry-After": "60"}
    clock = FixedClock(NOW)
    caller, endpoint = a_caller(clock=clock), at(receiver.url, HERE)
    assert await caller.call(endpoint, SENT) == 429
    clock.advance(timedelta(seconds=59))
    with pytest.raises(Unreachable, match="asked not to be called before"):
        await caller.call(endpoint, SENT)
    other = replace(endpoint, hook=a_hook(name="other", allow=[HERE]))
    assert await caller.call(other, SENT) == 200
    clock.advance(timedelta(seconds=1))
    assert await caller.call(endpoint, SENT) == 200
    assert len(receiver.hits) == 3


async def test_the_system_s_own_look_up_tells_all_addresses() -> None:
    assert "127.0.0.1" in await resolve("127.0.0.1", 80)


async def _is(right: bool) -> bool:
    return right
