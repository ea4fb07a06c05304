"""The rules of coaching, exchanged with files and editors without code, and the calendar of days off."""

from services.review.adapters.coaching_rules import BadRules, builtin, rules_of
from services.review.adapters.days import free_days
from services.review.adapters.vale import vale_ini, vale_styles

__all__ = ["BadRules", "builtin", "free_days", "rules_of", "vale_ini", "vale_styles"]
