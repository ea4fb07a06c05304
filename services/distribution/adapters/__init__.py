"""The relay and the mail: what distribution's one foreign system needs."""

from services.distribution.adapters.digest import DigestPress, DigestWriting
from services.distribution.adapters.leaving import Leavers
from services.distribution.adapters.letter import LetterPress
from services.distribution.adapters.notice import NoticePress
from services.distribution.adapters.packing import Envelopes
from services.distribution.adapters.postman import Line, Postman
from services.distribution.adapters.remembering import Remembered
from services.distribution.adapters.smtp import Gate, SmtpMailer
from services.distribution.adapters.writing import Writing

__all__ = [
    "DigestPress",
    "DigestWriting",
    "Envelopes",
    "Gate",
    "Leavers",
    "LetterPress",
    "Line",
    "NoticePress",
    "Postman",
    "Remembered",
    "SmtpMailer",
    "Writing",
]
