"""The proxy itself: what goes through it, and what does not."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Proxy
from tests.integration.kernel_room import eventually


class Echo(socketserver.StreamRequestHandler):
    """Says each line again, and remembers it."""

    heard: list[bytes] = []

    def handle(self) -> None:
        for line in self.rfile:
            self.heard.append(line)
            self.wfile.write(line)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A reset connection is what these tests are about."""


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    lines: list[bytes] = []
    monkeypatch.setattr(Echo, "heard", lines)
    return lines


@pytest.fixture
def proxy(heard: list[bytes]) -> Iterator[Proxy]:
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with Proxy(f"127.0.0.1:{server.server_address[1]}") as between:
            yield between
        server.shutdown()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10)


def echo(client: socket.socket, line: bytes = b"hello\n") -> bytes:
    client.sendall(line)
    return client.recv(len(line))


def test_what_is_said_passes_both_ways_and_so_does_the_end(proxy: Proxy) -> None:
    assert proxy.address == f"127.0.0.1:{proxy.port}"
    with connect(proxy) as client:
        assert echo(client) == b"hello\n"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""


async def test_a_cut_connection_stays_open_and_hears_nothing_until_it_is_reset_by_healing(
    proxy: Proxy, heard: list[bytes]
) -> None:
    with connect(proxy) as before:
        assert echo(before) == b"hello\n"
        proxy.cut()
        with connect(proxy) as after:
            for client in (before, after):
                client.sendall(b"anybody?\n")
            await eventually(lambda: _open(proxy, 2))
            proxy.heal()
            for client in (before, after):
                with pytest.raises(ConnectionResetError):
                    client.recv(1)
    with connect(proxy) as healed:
        assert echo(healed) == b"hello\n"
    assert heard == [b"hello\n", b"hello\n"]


async def _open(proxy: Proxy, connections: int) -> bool:
    return len(proxy._links) == connections


def test_a_reset_ends_every_open_connection_and_serves_new_ones(proxy: Proxy) -> None:
    with connect(proxy) as one, connect(proxy) as another:
        assert echo(one) == echo(another) == b"hello\n"
        proxy.reset()
        for client in (one, another):
            with pytest.raises(ConnectionResetError):
                client.recv(1)
    with connect(proxy) as fresh:
        assert echo(fresh) == b"hello\n"


def test_refusing_resets_the_open_and_the_new_until_healed(proxy: Proxy) -> None:
    with connect(proxy) as before:
        assert echo(before) == b"hello\n"
        proxy.refuse()
        with pytest.raises(ConnectionResetError):
            before.recv(1)
    with pytest.raises(ConnectionError), connect(proxy) as refused:
        refused.recv(1)
    proxy.heal()
    with connect(proxy) as healed:
        assert echo(healed) == b"hello\n"


def test_one_answer_is_lost_after_the_server_has_heard_the_question(proxy: Proxy, heard: list[bytes]) -> None:
    proxy.lose_answer(b"\r\n.\r\n")
    with connect(proxy) as client:
        assert echo(client, b"data\r\n") == b"data\r\n"
        client.sendall(b".\r\n")  # the end comes in a piece of its own
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert heard == [b"data\r\n", b".\r\n"]
    with connect(proxy) as again:
        assert echo(again, b"data\r\n.\r\n"[-3:]) == b".\r\n"


def test_a_client_of_a_dead_server_is_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with Proxy(f"127.0.0.1:{port}") as proxy, pytest.raises(ConnectionResetError), connect(proxy) as client:
        client.recv(1)
