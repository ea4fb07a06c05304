"""The way to the relay: SMTP, as fast as the relay offers it.

Greeting, EHLO, STARTTLS and AUTH are aiosmtplib's (`connecting`). The transactions are ours (`ways`), since the
library waits for every reply by itself and cannot say in which phase a connection broke.
"""

from services.distribution.adapters.smtp.connecting import Door, Token
from services.distribution.adapters.smtp.mailer import SmtpMailer
from services.distribution.adapters.smtp.rate import Gate
from services.distribution.adapters.smtp.tokens import FileToken, IssuedToken, NoToken, Provider, TokenAway

__all__ = ["Door", "FileToken", "Gate", "IssuedToken", "NoToken", "Provider", "SmtpMailer", "Token", "TokenAway"]
