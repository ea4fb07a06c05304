"""The way to a relay on a bad day: a proxy that knows SMTP, in front of a relay that takes every mail.

It refuses, waits and breaks lines at random, in every phase, also after the relay took a mail and before anybody heard
of it. What it refuses the relay never sees, so that the two stay in step. Every connection is offered something else:
PIPELINING, CHUNKING, both, or neither.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

HOST = "127.0.0.1"
LARGEST = 2**24
END = b"\r\n.\r\n"
NONSENSE = b"\xff\x00 what?\r\n"


class Phase(StrEnum):
    """When something happens. TEXT is in the middle of a mail, END before the relay has it, and TAKEN after that."""

    GREETING = "greeting"
    EHLO = "ehlo"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    TEXT = "text"
    END = "end"
    TAKEN = "taken"


ANSWERS: dict[Phase, tuple[str, str]] = {
    Phase.GREETING: ("421 4.3.2 too busy", ""),
    Phase.EHLO: ("421 4.3.2 too busy", ""),
    Phase.MAIL: ("451 4.3.0 try later", "550 5.7.1 not from you"),
    Phase.RCPT: ("450 4.2.0 greylisted", "550 5.7.1 not today and never"),
    Phase.DATA: ("451 4.3.0 try later", "554 5.6.0 not this text"),
    Phase.END: ("452 4.3.1 no room left", "554 5.6.0 not this text"),
}
"""What a phase is refused with, for now and for good."""


class Broken(Exception):
    """A connection is over; `words` are the last that are said on it."""

    def __init__(self, words: bytes = b"") -> None:
        super().__init__()
        self.words = words


@dataclass(frozen=True)
class Weather:
    """How often a phase ends in a broken line, nonsense, a wait of up to `longest_s`, a refusal for now, one for good.

    `stop` is for MAIL, where a refusal for good means the sender: the room then sends nothing for a minute.
    """

    kill: float = 0.0
    nonsense: float = 0.0
    stall: float = 0.0
    later: float = 0.0
    never: float = 0.0
    stop: float = 0.0
    longest_s: float = 1.0


@dataclass
class Chaos:
    """The proxy; `look` is told of each phase that is reached. `refused` were told that they get no mail, ever."""

    relay: int
    weather: Weather
    random: Random
    look: Callable[[Phase], None] = lambda _: None
    refused: set[str] = field(default_factory=set)
    did: Counter[str] = field(default_factory=Counter)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it goes or is thrown out."""
        relay: asyncio.StreamWriter | None = None
        try:
            answers, relay = await asyncio.open_connection(HOST, self.relay)
            await Talk(self, (reader, writer), (answers, relay)).talk()
        except Broken as broken:
            writer.write(broken.words)
        except (OSError, EOFError):
            pass  # either end may leave at any time
        finally:
            writer.close()
            if relay:
                relay.transport.abort()

    async def passes(self, phase: Phase) -> str:
        """Return what the phase is refused with, if it is. Raises: Broken."""
        self.look(phase)
        dice, weather = self.random.random(), self.weather
        later, never = ANSWERS.get(phase, ("", ""))
        if (dice := dice - weather.kill) < 0:
            self.did[f"{phase}: broken"] += 1
            raise Broken
        if (dice := dice - weather.nonsense) < 0:
            self.did[f"{phase}: nonsense"] += 1
            raise Broken(NONSENSE)
        if (dice := dice - weather.stall) < 0:
            self.did[f"{phase}: stalled"] += 1
            await asyncio.sleep(self.random.uniform(0, weather.longest_s))
        elif later and (dice := dice - weather.later) < 0:
            return self._said(phase, later)
        elif never and dice < (weather.stop if phase is Phase.MAIL else weather.never):
            return self._said(phase, never)
        return ""

    def _said(self, phase: Phase, answer: str) -> str:
        self.did[f"{phase}: {answer[:3]}"] += 1
        return answer


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Talk:
    """One connection: each command is answered before the next one is read, however many have come."""

    def __init__(self, chaos: Chaos, client: Ends, relay: Ends) -> None:
        self.chaos = chaos
        self.reader, self.writer = client
        self.answers, self.relay = relay
        self.recipients: list[str] = []
        self.chunks = b""

    async def talk(self) -> None:
        """Greet, and answer until the client says goodbye. Raises: Broken, OSError, EOFError."""
        await self._answer()
        refusal = await self.chaos.passes(Phase.GREETING)
        await self._say(refusal or "220 relay.example.com ESMTP")
        while not refusal:
            line = await self.reader.readuntil(b"\r\n")
            verb = line[:4].upper().decode("ascii", "replace").strip()
            await VERBS.get(verb, Talk._passed_on)(self, line)

    async def _ehlo(self, line: bytes) -> None:
        await self._ask(line)
        if refusal := await self.chaos.passes(Phase.EHLO):
            await self._say(refusal)
            raise Broken
        offers = [word for word in ("PIPELINING", "CHUNKING") if self.chaos.random.random() < 0.5]
        lines = ["relay.example.com", f"SIZE {LARGEST}", "8BITMIME", *offers, "ENHANCEDSTATUSCODES"]
        await self._say("\r\n".join([*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}"]))

    async def _mail(self, line: bytes) -> None:
        await self._passed_on(line, Phase.MAIL)

    async def _rcpt(self, line: bytes) -> None:
        address = line[line.index(b"<") + 1 : line.index(b">")].decode()
        answer = await self._passed_on(line, Phase.RCPT)
        if answer.startswith("250"):
            self.recipients.append(address)
        elif answer.startswith("55"):
            self.chaos.refused.add(address)

    async def _passed_on(self, line: bytes, phase: Phase | None = None) -> str:
        answer = (await self.chaos.passes(phase) if phase else "") or await self._ask(line)
        await self._say(answer)
        return answer

    async def _data(self, line: bytes) -> None:
        if not self.recipients:
            await self._say("554 5.5.1 no valid recipients")
            return
        if refusal := await self.chaos.passes(Phase.DATA):
            await self._refuse(refusal)
            return
        await self._say("354 go on")
        await self.chaos.passes(Phase.TEXT)
        await self._take(await self.reader.readuntil(END))

    async def _bdat(self, line: bytes) -> None:
        size, is_last = int(line.split()[1]), b"LAST" in line.upper()
        await self.chaos.passes(Phase.TEXT)
        self.chunks += await self.reader.readexactly(size)
        if not self.recipients:
            await self._say("554 5.5.1 no valid recipients")
        elif is_last:
            text, self.chunks = self.chunks, b""
            dotted = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
            await self._take(dotted + (END if not text.endswith(b"\r\n") else END[2:]))
        else:
            await self._say("250 2.0.0 chunk kept")

    async def _take(self, text: bytes) -> None:
        """A whole mail is here: hand it on, unless it is refused."""
        if refusal := await self.chaos.passes(Phase.END):
            await self._refuse(refusal)
            return
        await self._ask(b"DATA\r\n")
        answer = await self._ask(text)
        await self.chaos.passes(Phase.TAKEN)
        self.recipients = []
        await self._say(answer)

    async def _refuse(self, refusal: str) -> None:
        if refusal.startswith("5"):
            self.chaos.refused.update(self.recipients)
        await self._forget()
        await self._say(refusal)

    async def _rset(self, line: bytes) -> None:
        await self._forget()
        await self._say("250 2.0.0 forgotten")

    async def _forget(self) -> None:
        self.recipients, self.chunks = [], b""
        await self._ask(b"RSET\r\n")

    async def _quit(self, line: bytes) -> None:
        await self._say("221 2.0.0 goodbye")
        raise Broken

    async def _ask(self, command: bytes) -> str:
        self.relay.write(command)
        return await self._answer()

    async def _answer(self) -> str:
        """Return the last line of what the relay says."""
        while (line := await self.answers.readuntil(b"\r\n"))[3:4] == b"-":
            pass
        return line.decode().rstrip()

    async def _say(self, answer: str) -> None:
        self.writer.write(f"{answer}\r\n".encode())
        await self.writer.drain()


VERBS: dict[str, Callable[..., Awaitable[object]]] = {
    "EHLO": Talk._ehlo,
    "MAIL": Talk._mail,
    "RCPT": Talk._rcpt,
    "DATA": Talk._data,
    "BDAT": Talk._bdat,
    "RSET": Talk._rset,
    "QUIT": Talk._quit,
}


@asynccontextmanager
async def chaotic(relay: int, weather: Weather, random: Random) -> AsyncIterator[Chaos]:
    """Run the proxy on a port of its own, in front of the relay at a port of this machine."""
    chaos = Chaos(relay, weather, random)
    talks: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(chaos.serve(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(begin, HOST, 0, limit=LARGEST)
    chaos.port = server.sockets[0].getsockname()[1]
    yield chaos
    server.close()
    for task in list(talks):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
