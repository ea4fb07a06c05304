"""How the standard library writes mails here."""

from __future__ import annotations

from email.header import Header
from email.policy import EmailPolicy
from typing import Any

WHOLE = frozenset(
    {
        *("message-id", "in-reply-to", "references", "auto-submitted"),
        *("list-id", "list-post", "list-unsubscribe", "list-unsubscribe-post"),
    }
)
LINE = 78


class WirePolicy(EmailPolicy):
    """SMTP's policy, but message ids and list headers are never encoded.

    The standard library turns any long token into an RFC 2047 encoded word (python/cpython#85725), which
    breaks threading; it leaves the first line of a subject empty when the rest fits into the second, and programs
    read that as no subject, or one that begins with a blank; newer ones glue encoded words together in subjects. So
    those go another way.
    """

    def _fold(self, name: str, value: Any, refold_binary: bool = False) -> str:
        if name.lower() == "subject":
            charset = "us-ascii" if str(value).isascii() else "utf-8"
            encoded = Header(str(value), charset, maxlinelen=LINE - 2, header_name=name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}"
        if name.lower() in WHOLE:
            return f"{name}: {value}{self.linesep}"
        folded: str = super()._fold(name, value, refold_binary)  # type: ignore[misc]  # private, hence untyped
        return folded


WIRE = WirePolicy(linesep="\r\n", max_line_length=LINE, cte_type="7bit", utf8=False)
BODY = WIRE.clone(max_line_length=76)
"""Lines of quoted-printable are shorter (RFC 2045 section 6.7): the standard library takes the length of headers."""
