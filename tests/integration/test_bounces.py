"""From a mail that the relay took to its return, and to mail that is not sent any more: the room as it is deployed."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from deploy.local.ports import free_port
from deploy.local.site import REPOSITORY
from services.distribution.adapters.bounces import ReturnPaths
from services.distribution.app import build
from services.distribution.domain import Delivery, State
from services.distribution.settings import Settings
from shared.mongo import connect
from tests.integration.kernel_room import eventually
from tests.integration.told import tell
from tests.unit.distribution.fakes import BEN, assigned
from tests.unit.distribution.returned import a_mail

pytestmark = pytest.mark.timeout(200)
PATIENCE_S = 90.0
SECRET, DOMAIN, HOST = "0123456789abcdef" * 2, "bounces.example.com", "127.0.0.1"
POLICY = (REPOSITORY / "deploy" / "local" / "afterword.toml").read_text(encoding="utf-8")
BOUNCES = f'\n[distribution.bounces]\ndomain = "{DOMAIN}"\n[distribution.notices]\nwithin_minutes = 0\n'


class Relay:
    """Takes every mail, and knows from whom and to whom it was."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken += [(envelope.mail_from or "", to) for to in envelope.rcpt_tos]
        return "250 2.0.0 Taken"


@dataclass
class Room:
    """The room as it runs: its relay, its ledger, its addresses, and where it listens."""

    relay: Relay
    rows: Any
    addresses: Any
    port: int

    async def row(self, **wanted: Any) -> Delivery:
        """Wait for the row of a mail."""
        found: list[Any] = []

        async def is_there() -> bool:
            found[:] = [row async for row in self.rows.find(wanted)]
            return len(found) == 1

        await eventually(is_there, PATIENCE_S)
        names = ("postmortem_id", "revision", "recipient", "list", "message_id", "not_before", "updated_at", "reply")
        kept = {name: found[0][name] for name in names}
        return Delivery(id=found[0]["_id"], state=State(found[0]["state"]), **kept)

    def give_back(self, row: Delivery) -> int:
        """Return a mail as a mail server does; return how that is answered."""
        path = ReturnPaths.of(SECRET, DOMAIN).address(row)
        mail = a_mail("postfix", row).replace(b"ENVID", row.id.encode())
        with smtplib.LMTP(HOST, self.port, timeout=30) as client:
            client.ehlo_or_helo_if_needed()
            client.docmd("MAIL", "FROM:<>")
            client.docmd("RCPT", f"TO:<{path}>")
            return client.data(mail)[0]


@pytest.fixture
async def room(
    rabbitmq_url: str, mongo_url: str, database_name: str, connection: aio_pika.abc.AbstractConnection, tmp_path: Path
) -> AsyncIterator[Room]:
    relay, port = Relay(), free_port()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(relay), HOST, 0)
    (tmp_path / "policy.toml").write_text(POLICY + BOUNCES, encoding="utf-8")
    settings = Settings(
        rabbitmq_url=SecretStr(rabbitmq_url),
        mongo_url=SecretStr(mongo_url),
        database=database_name[:30],
        policy=tmp_path / "policy.toml",
        smtp_url=SecretStr(f"smtp://{HOST}:{server.sockets[0].getsockname()[1]}?starttls=off"),
        secret_key=SecretStr(SECRET),
        bounce_listen=f"{HOST}:{port}",
    )
    app, client = build(settings), connect(mongo_url)
    database = client[f"{settings.database}_distribution"]
    async with app.router.lifespan_context(app):
        yield Room(relay, database["deliveries"], database["addresses"], port)
    client.close()
    server.close()


async def test_after_two_hard_bounces_nothing_is_mailed_there_and_an_admin_is_told(
    room: Room, rabbitmq_url: str
) -> None:
    now = datetime.now(UTC)
    for number in (1, 2):
        await tell(rabbitmq_url, (f"fact-{number}", assigned(BEN, assigned_at=now)))
        row = await room.row(**{"notice.id": f"fact-{number}", "state": "accepted"})
        assert (ReturnPaths.of(SECRET, DOMAIN).address(row), BEN.email) in room.relay.taken
        for _ in range(2):
            assert await asyncio.to_thread(room.give_back, row) == 250
        assert (await room.row(**{"notice.id": f"fact-{number}"})).reply.startswith("bounced: 5.1.1 550 5.1.1")

    numbers = count(3)

    async def is_suppressed() -> bool:
        """Which addresses get no mail is looked up before each few mails: one may be on its way already."""
        id = f"fact-{next(numbers)}"
        await tell(rabbitmq_url, (id, assigned(BEN, assigned_at=now)))
        row = await room.row(**{"notice.id": id, "state": {"$nin": ["pending", "sending"]}})
        return row.state is State.SUPPRESSED

    await eventually(is_suppressed, PATIENCE_S)
    told = await room.row(**{"notice.fact.kind": "address_suppressed", "state": "accepted"})
    assert told.recipient == "hana.sato@example.com"
    (address,) = [each async for each in room.addresses.find({})]
    assert address["state"]["suppression"]["bounces"] == 2
