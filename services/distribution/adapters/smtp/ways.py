"""How the commands of several transactions go out: one by one, in groups, or all at once.

Each way fills transactions with what it hears, and raises BrokenError where a connection ends; what was heard until
then stays in them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from services.distribution.adapters.smtp.envelope import DATA, NOBODY, RSET, chunk, dotted, mail_from, rcpt_to
from services.distribution.adapters.smtp.link import BrokenError, Link
from services.distribution.adapters.smtp.offers import Offers
from services.distribution.adapters.smtp.rate import Gate
from services.distribution.adapters.smtp.transaction import Transaction

AHEAD = 3
AHEAD_BYTES = 256 * 1024
"""Mails that are on the way without an answer with BDAT: as many may arrive twice when a connection breaks."""

Way = Callable[[Link, Sequence[Transaction], Gate], Awaitable[None]]


def way_for(offers: Offers) -> Way:
    """Return the fastest way that a relay offers."""
    if not offers.pipelining:
        return stepwise
    return chunked if offers.chunking else pipelined


async def stepwise(link: Link, transactions: Sequence[Transaction], gate: Gate) -> None:
    """Wait for the reply to each command (RFC 5321)."""
    for transaction in transactions:
        await gate.wait(len(transaction.parcel.recipients))
        if link.is_open:
            await link.ask(RSET)
        await _step(link, transaction)


async def _step(link: Link, transaction: Transaction) -> None:
    link.is_open = True
    transaction.mail = await link.ask(mail_from(transaction.parcel, link.offers))
    if not transaction.mail.is_good:
        return
    for recipient in transaction.parcel.recipients:
        transaction.rcpts.append(await link.ask(rcpt_to(recipient, link.offers)))
    if not transaction.has_recipient:
        return
    await link.write(DATA)
    transaction.data = await link.go_on()
    if transaction.may_go_on:
        transaction.is_sent = True
        await link.write(dotted(transaction.parcel.mail))
        await _hear_end(link, transaction)
        link.is_open = False


async def pipelined(link: Link, transactions: Sequence[Transaction], gate: Gate) -> None:
    """Write an envelope at once, and a text together with the next envelope (RFC 2920)."""
    is_begun = False
    for transaction, following in zip(transactions, [*transactions[1:], None], strict=True):
        if not is_begun:
            await gate.wait(len(transaction.parcel.recipients))
            await link.write(_envelope(link, transaction) + DATA)
        await _hear_envelope(link, transaction)
        transaction.data = await link.go_on()
        link.is_open = not transaction.may_go_on
        text = _text(transaction)
        is_begun = following is not None and gate.is_open(len(following.parcel.recipients))
        if following is not None and is_begun:
            await gate.wait(len(following.parcel.recipients))
            text += _envelope(link, following) + DATA
        if text:
            await link.write(text)
        if transaction.may_go_on:
            await _hear_end(link, transaction)


def _text(transaction: Transaction) -> bytes:
    """Return what a relay waits for: the text, or nothing of it where nobody gets it."""
    if not transaction.may_go_on:
        return b""
    transaction.is_sent = transaction.has_recipient
    return dotted(transaction.parcel.mail) if transaction.is_sent else NOBODY


async def chunked(link: Link, transactions: Sequence[Transaction], gate: Gate) -> None:
    """Write transactions at once, some of them ahead (RFC 3030); RSET goes before each, should one have failed."""
    flying: deque[Transaction] = deque()
    try:
        for transaction in transactions:
            recipients = len(transaction.parcel.recipients)
            while flying and (_is_far_ahead(link, flying, transaction) or not gate.is_open(recipients)):
                await _land(link, flying.popleft())
            await gate.wait(recipients)
            envelope = _envelope(link, transaction)
            transaction.is_sent = link.is_open = True
            flying.append(transaction)
            await link.write(envelope + chunk(transaction.parcel.mail))
        await _land_all(link, flying)
    except BrokenError:  # what came before the end is still to be heard
        await _land_all(link, flying)
        raise


def _is_far_ahead(link: Link, flying: Sequence[Transaction], following: Transaction) -> bool:
    """Say whether to wait for an answer first; always, until a connection has taken its first mail."""
    size = sum(len(each.parcel.mail) for each in (*flying, following))
    return not link.accepted or len(flying) >= AHEAD or size > AHEAD_BYTES


async def _land_all(link: Link, flying: deque[Transaction]) -> None:
    while flying:
        await _land(link, flying.popleft())


async def _land(link: Link, transaction: Transaction) -> None:
    await _hear_envelope(link, transaction)
    await _hear_end(link, transaction)


def _envelope(link: Link, transaction: Transaction) -> bytes:
    transaction.was_reset = link.is_open
    commands = [RSET] if link.is_open else []
    commands.append(mail_from(transaction.parcel, link.offers))
    commands += [rcpt_to(recipient, link.offers) for recipient in transaction.parcel.recipients]
    return b"".join(commands)


async def _hear_envelope(link: Link, transaction: Transaction) -> None:
    if transaction.was_reset:
        await link.reply()
    transaction.mail = await link.reply()
    for _ in transaction.parcel.recipients:
        transaction.rcpts.append(await link.reply())


async def _hear_end(link: Link, transaction: Transaction) -> None:
    transaction.end = await link.last_reply()
    link.accepted += transaction.end.is_good and transaction.has_recipient
