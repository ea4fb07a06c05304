"""The templates of mails: those that come with Afterword, and those of the organisation's folder, which win.

All of them are read once, so that nothing that changes in the folder meets a mail before it was looked at.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from traceback import walk_tb

import css_inline
from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.distribution.adapters.characters import short

OURS = resources.files("services.distribution").joinpath("templates")
KINDS = (".html", ".txt", ".css", ".toml", ".md")
Words = dict[str, dict[str, str]]


class BadTemplate(ValueError):
    """A template is wrong: in one line the file, the line, and what is wrong with it."""


class Templates:
    """What mails are made of, ready to be filled."""

    def __init__(self, folder: Path | None = None) -> None:
        """Read everything. Raises: BadTemplate for a folder or a file that cannot be used."""
        ours = {each.name: each.read_text("utf-8") for each in OURS.iterdir() if each.name.endswith(KINDS)}
        theirs = _read(folder, set(ours)) if folder else {}
        self.files = {**ours, **theirs}
        self.environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._source),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            autoescape=select_autoescape(("html",)),
        )
        self.environment.filters["short"] = short
        self.inliner = css_inline.CSSInliner(
            extra_css=self.files["mail.css"], load_remote_stylesheets=False, keep_style_tags=True
        )
        self.words = _words(ours["notices.toml"], theirs.get("notices.toml", ""))

    def _source(self, name: str) -> tuple[str, str, None] | None:
        return (self.files[name], name, None) if name in self.files else None


def wrong(error: Exception, fallback: str) -> BadTemplate:
    """Return what an error says of a template: the file and the line, `fallback` where it names neither."""
    if isinstance(error, TemplateSyntaxError):
        return BadTemplate(f"{error.name or fallback}, line {error.lineno}: {error.message}")
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    found = [f"{name}, line {line}" for name, line in places if name.endswith(KINDS)]
    what = f"there is no file {error}" if isinstance(error, TemplateNotFound) else " ".join(str(error).split())
    return BadTemplate(f"{found[-1] if found else fallback}: {what}")


def _read(folder: Path, known: set[str]) -> dict[str, str]:
    try:
        found = sorted(each for each in folder.iterdir() if each.suffix in KINDS and not each.name.startswith("."))
        files = {each.name: _text(each) for each in found}
    except OSError as error:
        raise BadTemplate(f"{folder}: cannot be read: {error.strerror}") from error
    strange = next((name for name in files if name not in known and not name.startswith("_")), None)
    if strange:
        has = ", ".join(sorted(known))
        raise BadTemplate(f"{strange}: no mail is made of it; there are {has}, and parts of yours begin with _")
    return files


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadTemplate(f"{path.name}: is not UTF-8: {error.reason} at byte {error.start}") from error


def _words(ours: str, theirs: str) -> Words:
    """Return the words of notices: each that the organisation has instead of ours. Raises: BadTemplate."""
    words: Words = tomllib.loads(ours)
    try:
        given = tomllib.loads(theirs)
    except tomllib.TOMLDecodeError as error:
        raise BadTemplate(f"notices.toml: is not TOML: {error}") from error
    for kind, table in given.items():
        words[kind] = _table(kind, words.get(kind), table)
    return words


def _table(kind: str, ours: dict[str, str] | None, theirs: object) -> dict[str, str]:
    if ours is None or not isinstance(theirs, dict):
        raise BadTemplate(f"notices.toml: there is no kind of notice {kind!r} with words of its own")
    if strange := next((key for key, words in theirs.items() if key not in NAMES or not isinstance(words, str)), None):
        raise BadTemplate(f"notices.toml: {kind}.{strange}: a kind has these, each a text: {', '.join(NAMES)}")
    return {**ours, **theirs}


NAMES = ("subject", "what", "why", "until", "where", "steps")
"""What the words of a kind of notice are."""
