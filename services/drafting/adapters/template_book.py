"""The templates of an organisation, and which of them an incident's draft is made from."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from services.drafting.adapters.template import BadTemplate, Template, Words
from services.drafting.domain import Facts, Written
from services.drafting.domain.policy import TemplateRule


def builtin() -> str:
    """Return the template file that is used where an organisation has none of its own."""
    return resources.files("services.drafting").joinpath("templates/template.toml").read_text("utf-8")


class TemplateBook:
    """Fills the first template whose rule an incident meets, else the organisation's usual one."""

    def __init__(
        self,
        rules: Iterable[TemplateRule] = (),
        usual: str | None = None,
        folder: Path = Path(),
        words: Words | None = None,
    ) -> None:
        """Read every file; their names are relative to the folder. Raises: BadTemplate that names the file."""
        self._words = words or {}
        self._rules = tuple((rule, self._read(folder / rule.file)) for rule in rules)
        self._usual = self._read(folder / usual) if usual else Template(builtin(), self._words)

    def write(self, facts: Facts) -> Written:
        """Fill the template of an incident."""
        return self.of(facts).write(facts)

    def of(self, facts: Facts) -> Template:
        """Return the template that an incident's draft is made from."""
        fitting = (template for rule, template in self._rules if rule.fits(facts.severity, facts.services))
        return next(fitting, self._usual)

    def _read(self, path: Path) -> Template:
        try:
            return Template(path.read_text("utf-8"), self._words)
        except OSError as error:
            raise BadTemplate(f"{path}: cannot be read: {error.strerror}; put it beside the policy file") from error
        except UnicodeDecodeError as error:
            raise BadTemplate(f"{path}: is not UTF-8: {error}") from error
        except BadTemplate as error:
            raise BadTemplate(f"{path}: {error}") from error
