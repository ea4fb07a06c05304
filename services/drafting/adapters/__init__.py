"""The template, the calendar of free days and the words of advice: text and dates, exchanged without code."""

from services.drafting.adapters.days import free_days
from services.drafting.adapters.samples import SAMPLES
from services.drafting.adapters.template import BadTemplate, Template
from services.drafting.adapters.template_book import TemplateBook, builtin
from services.drafting.adapters.wording import wording

__all__ = ["SAMPLES", "BadTemplate", "Template", "TemplateBook", "builtin", "free_days", "wording"]
