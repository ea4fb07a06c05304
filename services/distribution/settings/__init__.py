"""What may be set from outside: the environment, and what distribution reads of the policy file."""

from services.distribution.settings.bounces import BouncesPolicy
from services.distribution.settings.digest import DigestPolicy
from services.distribution.settings.environment import Settings
from services.distribution.settings.policy import DistributionPolicy, Organisation, Person, Policy, Sender

__all__ = [
    "BouncesPolicy",
    "DigestPolicy",
    "DistributionPolicy",
    "Organisation",
    "Person",
    "Policy",
    "Sender",
    "Settings",
]
