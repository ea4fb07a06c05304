"""What holds for every incident tool: repeats, proofs, bad input, and a draft that is right in any order."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.local.keys import WEBHOOKS
from services.drafting.domain import Postmortem, follow_incident
from services.gateway.domain.sources import SOURCES, incident_io, pagerduty
from services.gateway.domain.sources.delivery import Delivery, Odd
from shared.contracts.events import IncidentReported
from tests.helpers.builders import NOW
from tests.helpers.deliveries import PAYLOADS, delivery, story, told
from tests.helpers.front_door import WHSEC
from tests.unit.drafting.test_domain import GUIDANCE

OLD = WHSEC
NEW = "whsec_" + base64.b64encode(b"another secret of 24 b..").decode()
SAMPLES = sorted(PAYLOADS.rglob("*.json"))
STAMP = str(int(NOW.timestamp()))
Proof = Callable[[bytes, str], Mapping[str, str]]


def of_pagerduty(body: bytes, secret: str) -> Mapping[str, str]:
    return {"x-pagerduty-signature": pagerduty.sign(body, secret)}


def of_incident_io(body: bytes, secret: str) -> Mapping[str, str]:
    signature = incident_io.sign(body, secret, "msg_1", STAMP)
    return {"webhook-id": "msg_1", "webhook-timestamp": STAMP, "webhook-signature": signature}


def of_bearer(body: bytes, secret: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {secret}"}


OF_SIGNING: dict[str, Proof] = {"pagerduty": of_pagerduty, "incident-io": of_incident_io}
PROOFS: dict[str, Proof] = {source: OF_SIGNING.get(source, of_bearer) for source in SOURCES}


def shown(source: str, headers: Mapping[str, str], body: bytes = b'{"a": 1}') -> bool:
    """Say whether both secrets together accept this."""
    return SOURCES[source].verify(delivery(body, headers), (OLD, NEW))


@pytest.mark.parametrize("secret", [OLD, NEW])
@pytest.mark.parametrize("source", SOURCES)
def test_each_of_several_secrets_is_good(source: str, secret: str) -> None:
    assert shown(source, PROOFS[source](b'{"a": 1}', secret))


@pytest.mark.parametrize("source", SOURCES)
def test_another_secret_is_not(source: str) -> None:
    stolen = "whsec_" + base64.b64encode(b"stolen").decode()
    assert not shown(source, PROOFS[source](b'{"a": 1}', stolen))


@pytest.mark.parametrize("source", SOURCES)
def test_without_a_proof_or_without_secrets_nothing_is_genuine(source: str) -> None:
    proven = delivery(b"{}", PROOFS[source](b"{}", OLD))
    assert not SOURCES[source].verify(delivery(b"{}"), (OLD,))
    assert not SOURCES[source].verify(proven, ())
    assert not SOURCES[source].verify(
        delivery(b"{}", {"authorization": "Bearer ", "webhook-signature": ""}), ("", "whsec_")
    )


@pytest.mark.parametrize("body", [b'{"a": ', b'{"a": 2}', b'{"a": 1} ', b""])
@pytest.mark.parametrize("source", OF_SIGNING)
def test_a_signature_is_good_for_these_bytes_alone(source: str, body: bytes) -> None:
    assert not shown(source, PROOFS[source](b'{"a": 1}', OLD), body)


@pytest.mark.parametrize("minutes", [-6, 6, 600])
def test_a_signed_time_more_than_five_minutes_off_is_stale(minutes: int) -> None:
    signed = delivery(b"{}", of_incident_io(b"{}", OLD), received_at=NOW + timedelta(minutes=minutes))
    assert not incident_io.verify(signed, (OLD,))
    assert incident_io.verify(delivery(b"{}", signed.headers, received_at=NOW + timedelta(minutes=5)), (OLD,))


@pytest.mark.parametrize("secret", ["no base64!", "whsec_", "", "whsec_\u20ac"])
def test_a_secret_that_is_none_accepts_nobody_and_takes_nothing_from_the_others(secret: str) -> None:
    proof = delivery(b"{}", of_incident_io(b"{}", OLD))
    assert not incident_io.verify(proof, (secret,))
    assert incident_io.verify(proof, (secret, OLD))


def test_the_vector_of_standard_webhooks_holds() -> None:
    signed = incident_io.sign(b'{"test": 2432232314}', WHSEC, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": "bearer a token"}, {}),
        ({"authorization": "Basic " + base64.b64encode(b"afterword:a token").decode()}, {}),
        ({}, {"access_token": "a token"}),
    ],
)
def test_who_cannot_sign_may_send_its_secret_in_three_ways(headers: dict[str, str], query: dict[str, str]) -> None:
    verify = SOURCES["alertmanager"].verify
    assert verify(delivery(b"{}", headers, query), ("a token",))
    assert not verify(delivery(b"{}", headers, query), ("another",))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_same_payload_twice_is_the_same_messages_with_times_in_utc(path: object) -> None:
    assert isinstance(path, type(PAYLOADS))
    source = SOURCES[path.parent.name]
    headers = {"content-type": "application/cloudevents+json"} if path.parent.name == "cloudevents" else {}
    again = [
        source.parse(delivery(path.read_bytes(), headers, received_at=NOW + timedelta(hours=hour))) for hour in (0, 1)
    ]
    assert [id for id, _ in again[0]] == [id for id, _ in again[1]]
    known = [report for _, report in again[0] if isinstance(report, IncidentReported)]
    assert all(report.occurred_at.utcoffset() == timedelta(0) for report in known)


@pytest.mark.parametrize("source", SOURCES)
def test_every_event_of_a_story_is_a_message_of_its_own_about_the_same_incident(source: str) -> None:
    found = [each for body in story(source) for each in told(source, body)]
    by_id = dict(found)
    incidents = {report.external_id for report in by_id.values()}
    alerts = 2 if source == "alertmanager" else 1
    assert len(incidents) == alerts
    assert len(by_id) == (4 if source == "alertmanager" else len(found))
    assert {report.source for report in by_id.values()} == {"my-tool" if source == "cloudevents" else source}


@pytest.mark.parametrize("source", SOURCES)
def test_every_tool_is_described_and_has_a_secret_in_local_runs(source: str) -> None:
    described = (PAYLOADS.parents[3] / "docs" / "incident-tools.md").read_text("utf-8")
    assert f"/v1/webhooks/{source}" in described
    assert source in WEBHOOKS


def drafted(found: list[tuple[str, IncidentReported]]) -> Postmortem:
    postmortem: Postmortem | None = None
    for id, report in found:
        postmortem = follow_incident(postmortem, report, id, GUIDANCE, NOW).state
    assert postmortem
    return postmortem


@pytest.mark.parametrize("source", SOURCES)
def test_whatever_order_deliveries_come_in_they_make_the_same_draft(source: str) -> None:
    found = list(dict(each for body in story(source) for each in told(source, body)).items())
    incident = found[0][1].external_id
    found = [each for each in found if each[1].external_id == incident]
    straight = drafted(found)
    assert straight.incident.resolved_at
    assert straight.severity == ("sev2" if source == "incident-io" else "sev1")
    assert straight.title.startswith("Checkout answers slowly")
    assert "checkout" in straight.services
    for seed in range(10):
        mixed = Random(seed).sample(found, len(found))  # noqa: S311 - an order, no secret
        assert drafted(mixed).model_dump(exclude={"heard"}) == straight.model_dump(exclude={"heard"})
    assert drafted(found + found) == straight


UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = [(path.parent.name, path.read_text("utf-8")) for path in SAMPLES]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good payload of which one part is something else, or gone."""
    source, text = draw(st.sampled_from(TEXTS))
    body = json.loads(text)
    at = body
    while True:
        keys = list(at) if isinstance(at, dict) else range(len(at))
        key = draw(st.sampled_from(list(keys)))
        if not isinstance(at[key], dict | list) or not at[key] or draw(st.integers(0, 3)) == 0:
            break
        at = at[key]
    at[key] = draw(ANY_JSON)
    return source, json.dumps(body).encode()


def is_value_error_or_fine(source: str, given: Delivery) -> None:
    try:
        understood = SOURCES[source].parse(given)
    except ValueError:
        return
    for id, report in understood:
        assert id
        assert isinstance(report, IncidentReported | Odd)
        if isinstance(report, IncidentReported):
            assert IncidentReported.model_validate_json(report.model_dump_json()) == report


@UNHURRIED
@given(spoilt())
def test_a_payload_with_something_odd_in_it_is_understood_or_a_value_error(given_: tuple[str, bytes]) -> None:
    source, body = given_
    is_value_error_or_fine(source, delivery(body, {"content-type": "application/cloudevents+json"}))


@UNHURRIED
@given(
    st.sampled_from(sorted(SOURCES)), st.binary(max_size=200) | ANY_JSON.map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_understood_or_a_value_error(source: str, body: bytes) -> None:
    is_value_error_or_fine(source, delivery(body))
    is_value_error_or_fine(source, Delivery(body=body, received_at=NOW))


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b'{"event": %s}' % (b"9" * 10_000)]
)
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_nested_too_deep_or_too_large_a_number_is_a_value_error(source: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        SOURCES[source].parse(delivery(body))


HEADERS = st.dictionaries(
    st.sampled_from(
        ["authorization", "x-pagerduty-signature", "webhook-id", "webhook-timestamp", "webhook-signature", "ce-id"]
    ),
    st.text(max_size=40) | st.from_regex(r"(Bearer|Basic|v1,|v1=) ?[A-Za-z0-9+/=]{0,20}|[0-9]{1,30}", fullmatch=True),
)


@UNHURRIED
@given(st.sampled_from(sorted(SOURCES)), st.binary(max_size=50), HEADERS, st.lists(st.text(max_size=20), max_size=3))
def test_a_verifier_never_raises_and_believes_nobody_who_has_no_secret(
    source: str, body: bytes, headers: dict[str, str], secrets: list[str]
) -> None:
    SOURCES[source].verify(delivery(body, headers), secrets)
    assert not SOURCES[source].verify(delivery(body, headers), ("a secret that nobody sends",))
