"""The relay and the mail: what distribution's one foreign system needs."""

from services.distribution.adapters.letter import LetterPress
from services.distribution.adapters.postman import Line, Postman
from services.distribution.adapters.relay import SmtpMailer

__all__ = ["LetterPress", "Line", "Postman", "SmtpMailer"]
