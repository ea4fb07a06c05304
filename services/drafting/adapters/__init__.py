"""The template, the calendar of free days and the rules of the check: what an organisation may exchange."""

from services.drafting.adapters.checking import Checker
from services.drafting.adapters.patterns import BadPattern, OwnPattern, compiled, rules_of
from services.drafting.adapters.personal import Company
from services.drafting.adapters.template import Template, free_days, missing, wording

__all__ = [
    "BadPattern",
    "Checker",
    "Company",
    "OwnPattern",
    "Template",
    "compiled",
    "free_days",
    "missing",
    "rules_of",
    "wording",
]
