"""Access tokens: the genuine one passes, and with every single thing wrong it does not."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import Key, OctKey

from services.gateway.domain.identity import Claims, NotAccepted
from services.gateway.domain.tokens import (
    ALGORITHMS,
    LEEWAY_S,
    TokenRules,
    claims_of,
    fitting,
    header_of,
    is_token,
    signing_keys,
)
from tests.helpers.builders import NOW
from tests.helpers.provider import AUDIENCE, ISSUER, RULES, claims, edwards, elliptic, key_set, rsa, signed

AT = int(NOW.timestamp())
PUBLISHED = (rsa("k1"), elliptic("k2"), edwards("k3"))


def read(token: str, *keys: Key, rules: TokenRules = RULES) -> Claims:
    """Verify a token as the door does."""
    header = header_of(token, rules)
    key = fitting(signing_keys(key_set(*(keys or PUBLISHED))), header)
    return claims_of(token, key, rules, NOW)


def why_not(token: str, *keys: Key, rules: TokenRules = RULES) -> str:
    """Say why a token is refused, as its sender is told."""
    with pytest.raises(NotAccepted) as refused:
        read(token, *keys, rules=rules)
    assert refused.value.rule == "invalid-token"
    assert refused.value.brief.isascii()
    assert not set('"\\') & set(refused.value.brief)
    return str(refused.value)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [("RS256", rsa("k1")), ("PS256", rsa("k1")), ("ES256", elliptic("k2")), ("EdDSA", edwards("k3"))],
)
def test_a_genuine_token_of_each_algorithm_is_read(algorithm: str, key: Key) -> None:
    assert read(signed(claims(), key, algorithm))["email"] == "Pat.Doe@example.com"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["https://other.example.com", AUDIENCE]},
        {"nbf": AT},
        {"exp": AT - LEEWAY_S + 1},
        {"nbf": AT + LEEWAY_S},
        {"iat": AT + LEEWAY_S},
        {"exp": AT + 0.5},
    ],
)
def test_a_token_that_is_good_in_another_way_is_read_as_well(changes: dict[str, Any]) -> None:
    assert read(signed(claims(**changes), rsa("k1")))["sub"] == "8c2f"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"iss": None}, "lacks iss"),
        ({"iss": "https://evil.example.com"}, "another issuer"),
        ({"iss": ISSUER + "/"}, "another issuer"),
        ({"iss": [ISSUER]}, "another issuer"),
        ({"aud": None}, "lacks aud"),
        ({"aud": "https://other.example.com"}, "another audience"),
        ({"aud": ["https://other.example.com"]}, "another audience"),
        ({"aud": []}, "another audience"),
        ({"aud": {AUDIENCE: 1}}, "another audience"),
        ({"exp": None}, "lacks exp"),
        ({"exp": AT - LEEWAY_S}, "has expired"),
        ({"exp": str(AT + 300)}, "exp is wrong"),
        ({"exp": True}, "exp is wrong"),
        ({"exp": float("inf")}, "exp is wrong"),
        ({"exp": float("nan")}, "exp is wrong"),
        ({"nbf": AT + LEEWAY_S + 1}, "not good yet"),
        ({"nbf": "now"}, "not good yet"),
        ({"iat": None}, "lacks iat"),
        ({"iat": AT + LEEWAY_S + 1}, "from the future"),
        ({"iat": "now"}, "from the future"),
    ],
)
def test_each_claim_that_is_wrong_is_told(changes: dict[str, Any], told: str) -> None:
    assert told in why_not(signed(claims(**changes), rsa("k1")))


@pytest.mark.parametrize(
    "name", ["none", "HS256", "HS512", "RS512", "ES384", "ES256K", "Ed448", "rs256", "", 7, [], None]
)
def test_an_algorithm_that_is_not_listed_is_refused_before_any_key_is_looked_for(name: Any) -> None:
    _, payload, signature = signed(claims(), rsa("k1")).split(".")
    header = encoded({"alg": name, "typ": "at+jwt", "kid": "k1"})
    for token in (f"{header}.{payload}.", f"{header}.{payload}.{signature}"):
        with pytest.raises(NotAccepted):
            header_of(token, RULES)


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() -> None:
    public = rsa("k1").as_pem(private=False)
    for secret in (public, public.strip(), rsa("k1").as_der(private=False)):
        signable = ".".join(map(encoded, ({"alg": "HS256", "typ": "at+jwt", "kid": "k1"}, claims())))
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signable.encode(), "sha256")).decode().rstrip("=")
        assert "not signed with one of RS256" in why_not(f"{signable}.{mac}")


def test_a_shared_secret_among_the_published_keys_is_left_out() -> None:
    assert signing_keys({"keys": [OctKey.import_key(b"x" * 32).as_dict(), rsa("k1").as_dict(private=False)]})[1:] == ()


@pytest.mark.parametrize(
    ("algorithm", "signer", "kid"),
    [("ES256", elliptic("other"), "k1"), ("RS256", rsa("other"), "k2"), ("RS256", rsa("other"), "k3")],
)
def test_a_key_of_another_kind_than_the_algorithm_is_none(algorithm: str, signer: Key, kid: str) -> None:
    assert "No key of the issuer" in why_not(signed(claims(), signer, algorithm, kid=kid))


def test_a_key_that_is_published_for_one_algorithm_is_for_no_other() -> None:
    row = key_set(rsa("k1"))["keys"][0] | {"alg": "PS256"}
    keys = signing_keys({"keys": [row]})
    assert fitting(keys, header_of(signed(claims(), rsa("k1")), RULES)) is None
    assert fitting(keys, header_of(signed(claims(), rsa("k1"), "PS256"), RULES)) is not None


def test_a_key_and_a_token_that_both_have_no_name_go_together() -> None:
    (row,) = key_set(rsa("k1"))["keys"]
    nameless = signing_keys({"keys": [{name: value for name, value in row.items() if name != "kid"}]})
    assert fitting(nameless, header_of(signed(claims(), rsa("k1"), kid=None), RULES)) is not None
    assert fitting(nameless, header_of(signed(claims(), rsa("k1")), RULES)) is None


@pytest.mark.parametrize("kid", ["k9", "", "../../etc/passwd", "k1\x00", 7, None])
def test_a_forged_key_id_finds_no_key(kid: Any) -> None:
    assert "No key of the issuer" in why_not(signed(claims(), rsa("other"), kid=kid))


def test_a_forged_signature_under_a_genuine_key_id_is_refused() -> None:
    assert "signature is not the issuer's" in why_not(signed(claims(), rsa("other"), kid="k1"))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_whose_content_was_changed_is_refused(part: int) -> None:
    parts = signed(claims(), rsa("k1")).split(".")
    parts[part] = encoded({"alg": "RS256", "typ": "at+jwt", "kid": "k1", "x": 1}) if part == 0 else "AAAA" + parts[part]
    assert why_not(".".join(parts))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example.com/keys"},
        {"x5u": "https://evil.example.com/cert"},
        {"jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
    ],
)
def test_a_token_that_brings_its_own_key_or_asks_for_extensions_is_refused(header: dict[str, Any]) -> None:
    assert "brings its own key" in why_not(signed(claims(), rsa("k1"), **header))


def test_other_fields_of_a_header_do_not_matter() -> None:
    assert read(signed(claims(), rsa("k1"), x5t="AAAA", nonce="n", cty="JWT"))


@pytest.mark.parametrize("typ", ["JWT", "jwt", "dpop+jwt", "logout+jwt", None, "", 7, ["at+jwt"]])
def test_what_is_not_called_an_access_token_is_none(typ: Any) -> None:
    assert "is no access token" in why_not(signed(claims(), rsa("k1"), typ=typ))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_the_type_may_be_written_as_it_is_allowed_to(typ: str) -> None:
    assert read(signed(claims(), rsa("k1"), typ=typ))


@pytest.mark.parametrize("typ", ["at+jwt", "JWT", None])
def test_a_plain_token_is_read_where_the_settings_say_so(typ: str | None) -> None:
    assert read(signed(claims(), rsa("k1"), typ=typ), rules=replace(RULES, types=("at+jwt", "JWT")))


def test_after_keys_were_rotated_the_new_one_counts_and_the_withdrawn_one_does_not() -> None:
    old, new = signed(claims(), rsa("k1")), signed(claims(), rsa("other"))
    assert read(old, rsa("k1"), rsa("other"))
    assert read(new, rsa("k1"), rsa("other"))
    assert read(new, rsa("other"))
    assert "No key of the issuer" in why_not(old, rsa("other"))


@pytest.mark.parametrize(
    "row",
    [
        {},
        None,
        {"kty": "AKP"},
        {"kty": "RSA"},
        {"kty": ["RSA"]},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "a", "y": "b"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": 5},
    ],
)
def test_a_key_that_nobody_here_can_use_harms_no_other(row: Any) -> None:
    (key,) = signing_keys({"keys": [row, key_set(rsa("k1"))["keys"][0]]})
    assert key.kid == "k1"


def test_a_key_for_encryption_is_left_out() -> None:
    assert signing_keys({"keys": [key_set(rsa("k1"))["keys"][0] | {"use": "enc"}]}) == ()


@pytest.mark.parametrize(("bits", "is_taken"), [(1024, False), (2040, False), (2048, True), (3072, True)])
def test_an_rsa_key_has_at_least_2048_bits(bits: int, is_taken: bool) -> None:
    numbers = generate_private_key(65537, bits).public_key().public_numbers()
    modulus = base64.urlsafe_b64encode(numbers.n.to_bytes(bits // 8, "big")).decode().rstrip("=")
    assert bool(signing_keys({"keys": [{"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "k1"}]})) is is_taken


@pytest.mark.parametrize("key", [elliptic("k1", "P-384"), elliptic("k1", "secp256k1")])
def test_a_key_on_another_curve_is_left_out(key: Key) -> None:
    assert signing_keys(key_set(key)) == ()


@pytest.mark.parametrize("document", [None, [], "keys", {}, {"keys": {}}, {"keys": None}])
def test_a_document_that_is_no_key_set_is_an_error(document: Any) -> None:
    with pytest.raises(ValueError, match="not a JSON Web Key Set"):
        signing_keys(document)


@given(st.text(max_size=200) | st.lists(st.text(max_size=30), min_size=3, max_size=3).map(".".join))
def test_nonsense_is_refused_and_breaks_nothing(text: str) -> None:
    if is_token(text):
        assert why_not(text)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "b64", "crit", "jwk", "zip", "enc"]),
        st.sampled_from([*ALGORITHMS, "none", "HS256", "at+jwt", "k1", "", 1, None, [], {}, True]),
    )
)
def test_no_header_makes_a_forged_signature_good(header: dict[str, Any]) -> None:
    _, payload, signature = signed(claims(), rsa("other"), kid="k1").split(".")
    assert why_not(f"{encoded(header)}.{payload}.{signature}")


def encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
