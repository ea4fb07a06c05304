"""Signing in to the pages: what it takes, what it gives, and what ends it."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from services.gateway.domain.sessions import IDLE, LONGEST, Proof, digest_of
from services.gateway.handlers.pages.rendering import POLICY
from services.gateway.handlers.pages.signing_in import own_path
from services.gateway.handlers.pages.visitors import COOKIE
from shared.contracts.commands import Role
from tests.helpers.front_door import Door
from tests.helpers.pages import Browser
from tests.unit.gateway.test_api_keys import KEY, stored


async def test_who_is_not_signed_in_is_led_to_it_and_back_again() -> None:
    async with Browser(Door(), None) as browser:
        answer = (await browser.open("/?q=a+b")).answer
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2F%3Fq%3Da%2Bb"
        page = await browser.open(answer.headers["location"])
        assert page.form("/sign-in")["next"] == "/?q=a+b"


async def test_a_script_is_told_to_lead_the_whole_page_to_signing_in() -> None:
    async with Browser(Door(), None) as browser:
        answer = (await browser.open("/", **{"HX-Request": "true"})).answer
        assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=%2F")


async def test_a_key_of_the_settings_signs_in_and_the_page_says_who_it_is() -> None:
    async with Browser(Door()) as browser:
        page = await browser.open("/")
        assert page.status == 200
        assert "Engineer engineer" in page.text("//header")


async def test_a_wrong_key_is_told_on_the_same_page_and_begins_nothing() -> None:
    door = Door()
    async with Browser(door, None) as browser:
        page = await browser.send_unsigned("/sign-in", {"api_key": "wrong", "next": "/meetings"})
        assert page.status == 401
        assert "no such API key" in page.text("//*[@role='alert']")
        assert page.form("/sign-in")["next"] == "/meetings"
        assert door.sessions.kept == {}


async def test_only_a_digest_of_the_cookie_is_kept_and_the_cookie_is_no_script_s_business() -> None:
    door = Door()
    async with Browser(door, None) as browser:
        answer = (await browser.send_unsigned("/sign-in", {"api_key": "key-engineer"})).answer
        (cookie,) = answer.headers.get_list("set-cookie")
        token = answer.cookies[COOKIE]
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert list(door.sessions.kept) == [digest_of(token)]
        assert token not in repr(door.sessions.kept)


async def test_over_tls_the_cookie_is_this_host_s_alone() -> None:
    door = Door(has_tls=True)
    async with Browser(door, None) as browser:
        answer = (await browser.send_unsigned("/sign-in", {"api_key": "key-engineer"})).answer
        (cookie,) = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-afterword=")
        assert "Secure" in cookie.split("; ")


async def test_signing_out_ends_the_session_also_for_who_has_its_cookie() -> None:
    door = Door()
    async with Browser(door) as browser:
        token = browser.client.cookies[COOKIE]
        assert (await browser.send("/sign-out")).answer.headers["location"] == "/sign-in?said=signed-out"
        browser.client.cookies.set(COOKIE, token)
        assert (await browser.open("/")).status == 303


async def test_a_session_rests_for_half_a_day_at_most_and_lasts_a_week_at_most() -> None:
    door = Door()
    async with Browser(door) as browser:
        began = door.clock.now()
        while door.clock.now() - began < LONGEST - IDLE:
            door.clock.advance(IDLE - timedelta(minutes=1))
            assert (await browser.open("/")).status == 200
        door.clock.advance(IDLE)
        assert (await browser.open("/")).status == 303
    async with Browser(door) as browser:
        door.clock.advance(IDLE)
        assert (await browser.open("/")).status == 303


async def test_a_cookie_that_somebody_else_has_put_there_is_never_the_one_of_a_session() -> None:
    door = Door()
    async with Browser(door, None) as browser:
        browser.client.cookies.set(COOKIE, "planted")
        answer = (await browser.send_unsigned("/sign-in", {"api_key": "key-engineer"})).answer
        assert answer.status_code == 303
        assert answer.cookies[COOKIE] != "planted"
        assert digest_of("planted") not in door.sessions.kept


async def test_taking_somebody_out_of_the_settings_ends_their_session() -> None:
    door = Door()
    async with Browser(door) as browser:
        assert (await browser.open("/")).status == 200
        door.configured.clear()
        assert (await browser.open("/")).status == 303


async def test_a_key_of_the_settings_that_looks_like_a_kept_one_signs_in_for_longer_than_a_moment() -> None:
    door = Door()
    person = door.configured[1]
    door.configured[1] = person.model_copy(update={"key_sha256": sha256(KEY.encode()).hexdigest()})
    async with Browser(door, None) as browser:
        await browser.send_unsigned("/sign-in", {"api_key": KEY})
        assert person.name in (await browser.open("/")).text("//header")


async def test_revoking_a_key_ends_the_session_that_it_began() -> None:
    door = Door()
    kept = stored(KEY, digest=door.digests.of(KEY), created_at=door.clock.now(), role=Role.ENGINEER)
    await door.keys.create(kept)
    async with Browser(door, None) as browser:
        await browser.send_unsigned("/sign-in", {"api_key": KEY})
        (session,) = door.sessions.kept.values()
        assert (session.proof, session.evidence) == (Proof.KEY, kept.id)
        assert (await browser.open("/")).status == 200
        await door.keys.revoke(kept.id, door.clock.now())
        door.clock.advance(timedelta(minutes=1))
        assert (await browser.open("/")).status == 303


async def test_the_development_sign_in_lets_anybody_be_a_sample_person_but_no_tool() -> None:
    door = Door(is_development=True)
    async with Browser(door, None) as browser:
        page = await browser.open("/sign-in")
        names = page.all("//button[@name='as']/@value")
        assert names == ["engineer@example.com", "reviewer@example.com", "admin@example.com"]
        await browser.send_unsigned("/sign-in", {"as": "reviewer@example.com"})
        assert "Reviewer reviewer" in (await browser.open("/")).text("//header")
        assert (await browser.send_unsigned("/sign-in", {"as": "tool@example.com"})).status == 403


async def test_where_it_is_off_nobody_is_a_sample_person() -> None:
    async with Browser(Door(), None) as browser:
        assert (await browser.send_unsigned("/sign-in", {"as": "admin@example.com"})).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_no_other_site_signs_anybody_in_or_out(site: str) -> None:
    async with Browser(Door()) as browser:
        for path, fields in (("/sign-in", {"api_key": "key-admin"}), ("/sign-out", {})):
            answer = await browser.client.post(path, data=fields, headers={"Sec-Fetch-Site": site})
            assert answer.status_code == 403
        assert "Engineer" in (await browser.open("/")).text("//header")


@pytest.mark.parametrize(
    "path", ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "evil", "", "/a\nb", "/\x00"]
)
def test_nobody_is_led_elsewhere_after_signing_in(path: str) -> None:
    assert own_path(path) == "/"


@pytest.mark.parametrize("path", ["/", "/library?q=%2F%2Fx&tag=a", "/postmortems/1#impact"])
def test_people_come_back_to_where_they_were(path: str) -> None:
    assert own_path(path) == path


async def test_every_page_has_a_strict_policy_and_no_script_or_style_inline() -> None:
    async with Browser(Door(is_development=True)) as browser:
        for path in ("/", "/sign-in?next=/", "/nowhere"):
            page = await browser.open(path)
            if page.status != 303:
                assert page.answer.headers["content-security-policy"] == POLICY
                assert page.answer.headers["cache-control"] == "no-store"
                assert not page.all("//style | //script[not(@src)] | //@style | //@onclick")


async def test_what_is_not_there_is_a_page_for_a_browser_and_a_problem_for_a_program() -> None:
    async with Browser(Door()) as browser:
        page = await browser.open("/nowhere")
        assert (page.status, page.text("//h1")) == (404, "Not Found")
        answer = await browser.client.get("/nowhere", headers={"Accept": "application/json"})
        assert answer.json()["status"] == 404


async def test_styles_and_scripts_are_kept_for_as_long_as_they_stay_the_same() -> None:
    async with Browser(Door(), None) as browser:
        page = await browser.open("/sign-in")
        for address in page.all("//link[@rel='stylesheet']/@href | //script/@src"):
            answer = await browser.client.get(address)
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
            again = await browser.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
            assert again.status_code == 304
        assert (await browser.client.get("/static/../app.py")).status_code == 404
        assert (await browser.client.get("/static/%2e%2e%2fapp.py")).status_code == 404


async def test_a_mail_s_link_shows_a_page_to_a_browser_and_leads_a_program_to_the_api() -> None:
    async with Browser(Door()) as browser:
        path = "/postmortems/00000000-0000-4000-8000-000000000000"
        assert (await browser.open(path)).status == 404
        answer = await browser.client.get(path, headers={"Accept": "*/*"})
        assert (answer.status_code, answer.headers["location"]) == (307, f"https://afterword.example.com/v1{path}")
