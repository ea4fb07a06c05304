"""Templates, the calendar of free days, the words of advice, the rules of the check: exchanged without code."""

from services.drafting.adapters.checking import Checker
from services.drafting.adapters.days import free_days
from services.drafting.adapters.patterns import BadPattern, OwnPattern, compiled, rules_of
from services.drafting.adapters.personal import Company
from services.drafting.adapters.samples import SAMPLES
from services.drafting.adapters.template import BadTemplate, Template
from services.drafting.adapters.template_book import TemplateBook, builtin
from services.drafting.adapters.wording import wording

__all__ = [
    "SAMPLES",
    "BadPattern",
    "BadTemplate",
    "Checker",
    "Company",
    "OwnPattern",
    "Template",
    "TemplateBook",
    "builtin",
    "compiled",
    "free_days",
    "rules_of",
    "wording",
]
