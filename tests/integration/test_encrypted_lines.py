"""TLS on the lines between a room and its servers: how it is switched on, and that certificates are looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from services.calendar.adapters import CalDavServer
from services.gateway.adapters import HttpIssuer
from services.gateway.adapters.issuer import client
from services.gateway.ports import IssuerAway
from shared import mongo
from shared.clock import SystemClock
from shared.messaging import nodes
from shared.messaging.broker import Bus
from shared.messaging.retry import Permanent, Transient
from tests.contract.caldav_scripted import Says, answering
from tests.contract.test_calendar_caldav import PRACTICE
from tests.helpers.encrypted import HOST, authority, encrypted

STRANGE = "other.example.com"
PATIENCE_S = 5.0


def over_tls(url: str, place: str, ca: str | None) -> str:
    """Return a broker's URL that leads to another place, over TLS, and names whom to trust."""
    account, _, _ = urlsplit(url).netloc.rpartition("@")
    trust = {"cafile": ca} if ca else {}
    query = "&".join(f"{name}={value}" for name, value in trust.items())
    return urlsplit(url)._replace(scheme="amqps", netloc=f"{account}@{place}", query=query).geturl()


async def test_a_room_speaks_to_rabbitmq_over_tls(rabbitmq_url: str, tmp_path: Path) -> None:
    ca, file = authority(tmp_path)
    async with encrypted(nodes.place(rabbitmq_url), ca) as place:
        bus = Bus(over_tls(rabbitmq_url, place, file), "review")
        await bus.start()
        assert await bus.alive()
        await bus.stop()


@pytest.mark.parametrize("fault", ["nobody vouches for it", "it is another's"])
async def test_a_broker_whose_certificate_is_not_good_is_not_spoken_to(
    rabbitmq_url: str, tmp_path: Path, fault: str
) -> None:
    ca, file = authority(tmp_path)
    is_known = fault == "it is another's"
    async with encrypted(nodes.place(rabbitmq_url), ca, STRANGE if is_known else HOST) as place:
        url = over_tls(rabbitmq_url, place, file if is_known else None)
        with pytest.raises(nodes.UNREACHABLE, match=r"(?i)certificate"):
            await nodes.connect(nodes.nodes(url), seconds=PATIENCE_S)


@pytest.mark.parametrize("fault", [None, "nobody vouches for it", "it is another's"])
async def test_a_database_is_spoken_to_over_tls_if_its_certificate_is_good(
    mongo_url: str, tmp_path: Path, fault: str | None
) -> None:
    ca, file = authority(tmp_path)
    trust = "" if fault == "nobody vouches for it" else f"&tlsCAFile={file}"
    name = STRANGE if fault == "it is another's" else HOST
    async with encrypted(urlsplit(mongo_url).netloc, ca, name) as place:
        client = mongo.connect(f"mongodb://{place}/?tls=true&directConnection=true{trust}")
        with capture_logs() as logs:
            assert await mongo.answers(client) is (fault is None)
        client.close()
    assert [log["event"] for log in logs] == ([] if fault is None else ["mongodb does not answer"])


async def asked_over_tls(folder: Path, ask: Callable[[str], Awaitable[str]], name: str = HOST) -> tuple[str, int]:
    """Ask a server with a certificate for a name; return what whoever asked says, and how often it was asked."""
    ca, _ = authority(folder)
    with answering(Says(200, "{}")) as (url, heard):
        async with encrypted(nodes.place(url), ca, name) as place:
            return await ask(place), len(heard)


async def a_calendar(place: str) -> str:
    server = CalDavServer(f"https://bot:s3cret@{place}/pm/", PRACTICE)
    with pytest.raises((Transient, Permanent)) as error:
        await server.check()
    await server.close()
    return str(error.value)


async def a_provider(place: str) -> str:
    issuer = HttpIssuer(f"https://{place}", client(), SystemClock())
    with pytest.raises(IssuerAway) as error:
        await issuer.keys("1")
    await issuer.close()
    return str(error.value)


WEB = [(a_calendar, "REQUESTS_CA_BUNDLE"), (a_provider, "SSL_CERT_FILE")]


@pytest.mark.parametrize(("ask", "_trusting"), WEB)
async def test_a_calendar_and_a_provider_whose_certificate_nobody_vouches_for_are_asked_nothing(
    tmp_path: Path, ask: Callable[[str], Awaitable[str]], _trusting: str
) -> None:
    said, asked = await asked_over_tls(tmp_path, ask)
    assert "certificate" in said.lower()
    assert asked == 0


@pytest.mark.parametrize(("ask", "trusting"), WEB)
async def test_an_own_authority_is_trusted_when_the_environment_names_it_and_for_its_own_names_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], Awaitable[str]], trusting: str
) -> None:
    monkeypatch.setenv(trusting, str(tmp_path / "ca.pem"))
    said, asked = await asked_over_tls(tmp_path, ask)
    assert asked > 0, said
    said, asked = await asked_over_tls(tmp_path, ask, STRANGE)
    assert "certificate" in said.lower()
    assert asked == 0
