"""HTTP on a socket: what the parser would read without an end is given up here."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 64 * 1024
"""Bytes of a request before its body that may come in further parts; parsers keep them until the head is whole."""


class BoundedHeads(HttpToolsProtocol):
    """Refuses a request whose headers do not end: httptools has no limit of its own, and memory has one."""

    in_head = False
    head = 0

    def data_received(self, data: bytes) -> None:
        """Read on, and count while it is still the same head."""
        if self.in_head:
            self.head += len(data)
        super().data_received(data)
        if self.in_head and self.head > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The headers are too long.")

    def on_message_begin(self) -> None:
        """Begin to count."""
        self.in_head, self.head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Count no more: what follows is the body, whose limit is the application's."""
        self.in_head = False
        super().on_headers_complete()
