"""What the check finds, and what it leaves alone; where it is, and that nothing it says tells what it is."""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.adapters import BadPattern, Checker, Company, OwnPattern, compiled, rules_of
from shared.contracts.findings import Finding, FindingKind
from tests.helpers.builders import PM
from tests.helpers.lookalikes import A_PHONE, AN_EMAIL, PERSONAL, SECRETS, a_card, a_private_key, a_token, drawn
from tests.unit.drafting.test_domain import SECRET_KEY

ROOT = Path(__file__).resolve().parents[3]
COMPANY = Company(frozenset({"corp.io"}), frozenset({"ann@partner.io"}))
CHECK = Checker.of(SECRET_KEY, rules_of(COMPANY))
SENTENCES = "Then {} came up in the log.", "- `{}`", '| 09:14 | "{}" | ci |', "{}"
INCIDENTS = ROOT / "tests" / "e2e" / "incidents"


def found(text: str, check: Checker = CHECK) -> tuple[Finding, ...]:
    return check.check(PM, [("impact", text)])


def rules(text: str, check: Checker = CHECK) -> list[str]:
    return [finding.rule for finding in found(text, check)]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize(("rule", "make"), (SECRETS | PERSONAL).values(), ids=list(SECRETS | PERSONAL))
def test_what_looks_like_a_secret_or_like_somebody_is_found_by_its_rule(
    rule: str, make: Callable[[], str], sentence: str
) -> None:
    if '"' in sentence and make().startswith("{"):
        sentence = "{}"
    assert rules(sentence.format(make())) == [rule]


QUIET = {
    "SHA-256": sha256(b"x").hexdigest(),
    "image by its hash": f"registry.example.com/shop@sha256:{sha256(b'x').hexdigest()}",
    "commit": "Deploy of 4f2a9c81 (4f2a9c8135d0e2b76c1f0a9d8e7b6c5d4e3f2a1b) began.",
    "UUID": "request 5e0f4a0e-6f5f-5a43-9d6f-0d6a0d6f7c11",
    "ULID": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "times": "2026-03-02T09:14:00.123456+01:00, 1700000000, 1700000000000, 1700000000000000, 1700000000000000000",
    "trace id": "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "picture": f"![](data:image/png;base64,{base64.b64encode(drawn(9000).encode()).decode()})",
    "reserved addresses": "ada@example.com, b@shop.example.org, c@a.test, d@b.invalid, root@db-1.internal",
    "our own addresses": "ada@corp.io, Bo <bo@eu.corp.io>, ann@partner.io",
    "nobody's addresses": "no-reply@vendor.io, support@vendor.io, git@github.com:acme/shop.git",
    "no addresses": "logo@2x.png, getty@tty1.service, @ada, left-pad@1.3.0, user@host",
    "IP addresses": "10.0.0.1, 203.0.113.7:8080, 2001:db8::1 answered 502",
    "numbers": "+3 pods, +120 ms, 20 000 000 rows, 1-800, 4000 1234, +1 (two)",
    "numbers as long as a card": "1234 5678 9012 3456, 4111 1111 1111 1112, order 9111111111111111",
    "like an account": "DE00 3704 0044 0532 0130 00, GB82 WEST",
    "placeholders": "TOKEN=<token> DB_PASSWORD=${DB_PASSWORD} password: '***' api_key=xxxxxxxx secret: \"changeme\" "
    "Authorization: Bearer <your-token-goes-here> postgres:" + "//app:<password>@db postgres:" + "//app:***@db",
    "talk": 'The secret has changed; the token: old. "password": "required" and secret: "projects/shop/secrets/db".',
    "names": "secretName: shop-tls-2026 token_type=bearer2024 max_tokens: 4096tokens password_min_length=12characters",
    "code": "password = get_password(user1)  # token = request.headers['x-1']",
    "mention": f"the file began with -----BEGIN RSA {'PRIVATE'} KEY----- as it should",
    "cookie of the theme": "Cookie: theme=dark-mode-with-a-long-name",
    "addresses on the web": "https://grafana.example.com/d/abc123/checkout?from=1700000000&to=now&token=none",
    "ports": "amqp:" + "//rabbit:5672/, http:" + "//user@host:8080/",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=list(QUIET))
@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_no_secret_and_nobody_is_left_alone(text: str, sentence: str) -> None:
    assert rules(sentence.format(text)) == []


@pytest.mark.parametrize("path", sorted(INCIDENTS.rglob("*.json")), ids=lambda path: path.stem)
def test_nothing_is_found_in_what_incident_tools_tell(path: Path) -> None:
    shown = json.dumps(json.loads(path.read_text("utf-8")), indent=1, ensure_ascii=False)
    assert rules(shown, Checker.of(SECRET_KEY, rules_of(Company(frozenset({"example.com"}))))) == []


def test_nothing_is_found_in_the_demo_s_report() -> None:
    sections = tomllib.loads((ROOT / "deploy" / "demo" / "sections.toml").read_text("utf-8"))
    assert rules(json.dumps(sections, ensure_ascii=False, indent=1)) == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_lines_and_columns_are_those_that_people_count(line_end: str) -> None:
    lines = ["Zuerst:", "", f"\tÄpfel 🍎\u2028 und\t{a_token()} dann", a_private_key().replace("\n", line_end), "."]
    token, key = found(line_end.join(lines))
    assert (token.line, token.column, token.end_line, token.end_column) == (3, 15, 3, 55)
    assert lines[2][token.column - 1 : token.end_column - 1] == a_token()
    assert (key.line, key.column, key.end_line) == (4, 1, 10)


def test_what_is_in_another_finding_is_told_with_it_alone() -> None:
    text = f"Authorization: Bearer {a_token()}, postgres:" + f"//app:{drawn(9)}@db.somewhere-else.io"
    assert rules(text) == ["authorization-header", "basic-auth-credentials"]


def test_two_private_keys_are_two_and_what_follows_a_key_without_an_end_belongs_to_it() -> None:
    one, two = a_private_key(1), a_private_key(99)
    assert len({finding.id for finding in found(f"{one}\nand\n{two}")}) == 2
    cut, changed = one[:200], one[:199] + "!"
    assert found(cut)[0].id != found(changed)[0].id


def test_a_section_that_was_changed_is_looked_through_again_and_so_is_one_with_findings() -> None:
    check = Checker.of(SECRET_KEY, rules_of(COMPANY))
    quiet, loud = "Nothing happened.", f"Nothing but {a_token(1)} happened."
    for impact, cause in ((quiet, quiet), (loud, quiet), (loud, loud), (quiet, loud), (quiet, quiet)):
        told = check.check(PM, [("impact", impact), ("cause", cause)])
        assert [finding.section for finding in told] == [
            section for section, text in (("impact", impact), ("cause", cause)) if text == loud
        ]


def test_what_one_check_found_nothing_in_another_with_more_rules_looks_through() -> None:
    text = "See ORD-1234."
    assert rules(text, Checker.of(SECRET_KEY, rules_of(COMPANY))) == []
    own = rules_of(COMPANY, (OwnPattern("order", r"ORD-\d{4}"),))
    assert rules(text, Checker.of(SECRET_KEY, own)) == ["order"]


def test_an_id_stays_with_rule_section_and_text_and_follows_from_nothing_else() -> None:
    token = a_token()
    (one,), (moved,) = found(f"see {token}"), found(f"\n\nlater {token}!")
    assert one.id == moved.id
    other = [
        found(a_token(8))[0],
        CHECK.check(PM, [("overview", token)])[0],
        CHECK.check("another", [("impact", token)])[0],
        found(token, Checker.of("another secret of an installation", rules_of(COMPANY)))[0],
    ]
    assert len({one.id, *(each.id for each in other)}) == 5


def test_what_is_said_of_a_long_list_is_bounded_and_yet_leaves_nothing_out() -> None:
    many = [f"jo{n}@somewhere-else.io" for n in range(150)]
    listed = found(" ".join(many))
    assert len(listed) == 101
    assert listed[-1].end_column == len(" ".join(many)) + 1
    assert found(" ".join([*many, "jo150@somewhere-else.io"]))[-1].id != listed[-1].id


def test_when_there_is_too_much_to_look_at_all_that_is_left_is_one_finding() -> None:
    numbers = [str(9 * 10**15 + n) for n in range(2_600)]
    assert rules(" ".join(numbers[:2_500])) == []
    (rest,) = found(" ".join(numbers))
    assert (rest.rule, rest.column, rest.end_column) == ("payment-card", 2_500 * 17 + 1, 2_600 * 17)


NASTY = {
    "near": "eyJ" * 33_000,
    "begins": f"-----BEGIN {'PRIVATE'} KEY-----\nA" * 3_400,
    "users": "://a:" * 20_000,
    "names": "password" * 12_000,
    "signs": "a@" * 50_000,
    "dots": "a." * 50_000,
    "digits": "1234 " * 20_000,
    "plus": "+1 " * 33_000,
    "cookies": "cookie: sess" * 8_000,
    "blank": " " * 100_000,
    "phones": " ".join(f"+4930{90000000 + n}" for n in range(7_000)),
}


@pytest.mark.parametrize("text", NASTY.values(), ids=list(NASTY))
def test_texts_that_are_made_to_take_long_do_not(text: str) -> None:
    before = text[:100_000]
    assert len(found(before)) <= 2 * 101


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ONE_OF_THEM = st.sampled_from([make for _, make in (SECRETS | PERSONAL).values()])


@given(ANYTHING, ONE_OF_THEM, ANYTHING)
def test_whatever_stands_around_it_no_finding_tells_more_than_how_it_begins(
    before: str, make: Callable[[], str], after: str
) -> None:
    secret = make().strip()
    text = f"{before}\n{secret}\n{after}"
    for finding in found(text):
        said = finding.model_dump_json(exclude={"id", "hint", "what", "rule"})
        assert len(finding.excerpt.partition("…")[0]) <= 4
        assert secret[len(secret) // 4 : len(secret) // 2] not in said
        assert secret[-6:] not in said


@given(st.lists(ANYTHING | ONE_OF_THEM.map(lambda make: make()), max_size=8))
def test_whatever_the_text_each_finding_is_inside_it_and_they_come_in_order(parts: list[str]) -> None:
    text = "\n".join(parts)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    places = [(f.line, f.column, f.end_line, f.end_column) for f in found(text)]
    assert places == sorted(places)
    for line, column, end_line, end_column in places:
        assert 1 <= column <= len(lines[line - 1])
        assert (line, column) < (end_line, end_column)
        assert end_column <= len(lines[end_line - 1]) + 1


def test_an_organisation_adds_its_own_rules_allows_what_is_none_and_turns_rules_off() -> None:
    own = (
        OwnPattern("customer-number", r"\bC-\d{6}\b", "Write `a customer`."),
        OwnPattern("code-name", "(?i)bluebird"),
    )
    check = Checker.of(SECRET_KEY, rules_of(COMPANY, own, frozenset({"phone-number"})), (compiled(r".*@vendor\.io"),))
    text = f"C-123456 of Bluebird called from {A_PHONE}: jo@vendor.io, then {AN_EMAIL}"
    number, name, email = found(text, check)
    assert (number.rule, number.kind, number.what) == ("customer-number", FindingKind.POLICY, "customer number")
    assert number.hint == "Write `a customer`."
    assert (name.rule, email.rule) == ("code-name", "outside-email")


def test_what_is_allowed_is_allowed_as_a_whole_alone() -> None:
    card = a_card()
    assert rules(card, Checker.of(SECRET_KEY, rules_of(COMPANY), (compiled(card[:-1]),))) == ["payment-card"]
    assert rules(card, Checker.of(SECRET_KEY, rules_of(COMPANY), (compiled(card),))) == []


@pytest.mark.parametrize(
    ("own", "off", "says"),
    [
        (OwnPattern("x", "("), (), "RE2 cannot read '('"),
        (OwnPattern("x", r"(a)\1"), (), "RE2 cannot read"),
        (OwnPattern("x", r"(?=a)"), (), "RE2 cannot read"),
        (OwnPattern("x", "a*"), (), "matches an empty text"),
        (OwnPattern("iban", "a"), (), "there is a rule 'iban' already"),
        (OwnPattern("x", "a"), ("ibann",), "there is no rule 'ibann'; there are "),
    ],
)
def test_a_rule_that_cannot_be_is_told_by_its_name(own: OwnPattern, off: tuple[str, ...], says: str) -> None:
    with pytest.raises(BadPattern) as told:
        rules_of(COMPANY, (own,), frozenset(off))
    assert says in str(told.value)
