"""The rules of coaching, exchanged with files and editors without code."""

from services.review.adapters.coaching_rules import BadRules, builtin, rules_of
from services.review.adapters.vale import vale_ini, vale_styles

__all__ = ["BadRules", "builtin", "rules_of", "vale_ini", "vale_styles"]
