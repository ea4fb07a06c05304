"""Templates of an organisation: they win, and what is wrong with them is named before any mail is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.distribution.adapters.checking import check
from services.distribution.adapters.notice import NoticePress, Zones
from services.distribution.adapters.rendering import Renderer
from services.distribution.adapters.templates import BadTemplate, Templates
from services.distribution.settings import Policy
from services.distribution.wiring.printing import presses
from shared.settings import SettingError, load_policy
from tests.unit.distribution.fakes import HEAD, a_notice, a_row, approved, published
from tests.unit.distribution.test_settings import GOOD, settings

OURS = Templates().files
LINES = OURS["body.html"].count("\n") + 1


def folder(path: Path, **files: str) -> Path:
    """Make a folder of templates; `__` stands for the dot in a name."""
    path.mkdir()
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return path


def test_those_that_come_with_afterword_pass() -> None:
    check(Templates())


def test_a_file_of_the_folder_wins_and_all_else_stays_ours(tmp_path: Path) -> None:
    theirs = folder(
        tmp_path / "mails",
        subject__txt="Lessons: {{ report.title }}\n",
        mail__css="body { color: #123456; }",
        _foot__txt="Ask the librarians.",
        body__txt='{{ summary }}\n\n{% include "_foot.txt" %} {{ unsubscribe or "" }}',
        notices__toml='[owner_assigned]\nsubject = "It is yours"',
    )
    templates = Templates(theirs)
    check(templates)
    renderer = Renderer("Example Inc.", "https://afterword.example.com", templates)
    rendered = renderer.render(approved())
    assert rendered.subject == "Lessons: Checkout answers slowly"
    assert "Ask the librarians." in rendered.text
    assert "color: #123456" in rendered.html
    assert "Read it in the library" in rendered.html
    notice = NoticePress(HEAD, renderer, Zones(None, {})).words["owner_assigned"]  # type: ignore[arg-type]
    assert notice["subject"] == "It is yours"
    assert notice["what"].startswith("The postmortem")


def test_what_changes_in_the_folder_later_meets_no_mail(tmp_path: Path) -> None:
    theirs = folder(tmp_path / "mails", subject__txt="One {{ report.title }}")
    renderer = Renderer("Example Inc.", "https://afterword.example.com", Templates(theirs))
    (theirs / "subject.txt").write_text("{% broken", encoding="utf-8")
    assert renderer.render(approved()).subject.startswith("One ")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("body.html", OURS["body.html"].replace("{{ organisation }}", "{{ organisatoin }}"), "'organisatoin' is undef"),
        ("body.html", OURS["body.html"].replace("{% endif %}", "", 1), "Unexpected end of template"),
        ("body.html", OURS["body.html"].replace("{{ unsubscribe }}", "x"), r"body\.html: write \{\{ unsubscribe \}\}"),
        ("body.txt", OURS["body.txt"].replace("{{ unsubscribe }}", "x"), r"body\.txt: write \{\{ unsubscribe \}\}"),
        ("body.html", OURS["body.html"] + "{{ 1 / 0 }}", rf"body\.html, line {LINES}: division by zero"),
        ("body.html", OURS["body.html"] + "{{ ''.__class__ }}", rf"line {LINES}: access to attribute '__class__'"),
        ("body.html", OURS["body.html"] + "{% for n in range(10**9) %}{% endfor %}", "Range too big"),
        ("body.html", "{% include 'mine.html' %}", r"body\.html, line 1: there is no file mine\.html"),
        ("bdoy.html", "x", r"bdoy\.html: no mail is made of it; there are .*body\.html"),
        ("body.txt", "\n", r"body\.txt: nothing comes out of it"),
        ("subject.txt", "\n\n{{ report.nope }}", r"subject\.txt, line 3: .* has no attribute 'nope'"),
        ("report.md", "{{ nix }}", r"report\.md, line 1: 'nix' is undefined"),
        ("report.html", "{{ nix }}", r"report\.html, line 1: 'nix' is undefined"),
        ("notice.txt", "a\n{{ nix }}", r"notice\.txt, line 2: 'nix' is undefined"),
        ("_mine.html", "{% if %}", r"_mine\.html, line 1"),
        ("notices.toml", "[owner_assigned]\nwhat = '{{ fact.nope }}'", r"notices\.toml, owner_assigned: .* 'nope'"),
        ("notices.toml", "[owner_assigned]\nwhat = '{{ fact.'", r"notices\.toml, owner_assigned\.what, line 1"),
        ("notices.toml", "[owner_asigned]\nwhat = 'x'", r"no kind of notice 'owner_asigned'"),
        ("notices.toml", "[owner_assigned]\nwhta = 'x'", r"owner_assigned\.whta: a kind has these"),
        ("notices.toml", "owner_assigned = 1", r"no kind of notice 'owner_assigned' with words"),
        ("notices.toml", "[owner_assigned", r"notices\.toml: is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    theirs = folder(tmp_path / "mails", **{name.replace(".", "__"): text})
    with pytest.raises(BadTemplate, match=said) as refused:
        check(Templates(theirs))
    assert "\n" not in str(refused.value)


def test_what_is_no_text_or_no_folder_is_named(tmp_path: Path) -> None:
    (folder(tmp_path / "mails") / "body.html").write_bytes(b"\xff")
    with pytest.raises(BadTemplate, match=r"body\.html: is not UTF-8"):
        Templates(tmp_path / "mails")
    with pytest.raises(BadTemplate, match=r"nowhere: cannot be read: No such file"):
        Templates(tmp_path / "nowhere")


def a_policy(tmp_path: Path, line: str) -> Path:
    path = tmp_path / "afterword.toml"
    path.write_text(GOOD.replace("[[lists]]", f"{line}\n[[lists]]", 1), encoding="utf-8")
    return path


def test_the_room_does_not_start_with_a_wrong_template(tmp_path: Path) -> None:
    folder(tmp_path / "mails", body__txt="{{ nix }}")
    path = a_policy(tmp_path, 'templates = "mails"')
    with pytest.raises(SettingError, match=r"distribution\.templates: body\.txt, line 1: 'nix' is undefined"):
        presses(load_policy(path, Policy), settings(path))


def test_the_policy_says_which_folder_and_how_a_report_is_mailed(tmp_path: Path) -> None:
    folder(tmp_path / "mails", subject__txt="Ours: {{ report.title }}")
    path = a_policy(tmp_path, 'templates = "mails"\nreport = "attached"\nreport_file = "markdown"')
    read = load_policy(path, Policy)
    mail = presses(read, settings(path)).letters.mail(published("a@example.com"), a_row())
    assert b"Subject: Ours: Checkout answers slowly" in mail
    assert b'filename="postmortem-' in mail
    assert presses(read, settings(path)).notices.render(a_notice(), restricted=False).subject.startswith("[Postmortem]")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('report = "all"', "distribution.report"),
        ('report_file = "pdf"', "distribution.report_file"),
        ("templates = 1", "distribution.templates"),
        ('dkim = { domain = "example" }', "distribution.dkim.domain"),
        ('dkim = { domain = "example.com", selector = "a b" }', "distribution.dkim.selector"),
        ('dkim = { domain = "example.com", selector = "a", key = "x" }', "distribution.dkim.key"),
    ],
)
def test_a_wrong_choice_is_named(tmp_path: Path, line: str, named: str) -> None:
    path = a_policy(tmp_path, line)
    with pytest.raises(SettingError, match=named):
        load_policy(path, Policy)
