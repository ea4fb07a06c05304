"""What the doctor makes of what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.operate.definitions import definitions
from deploy.operate.doctor import (
    clock_check,
    database_check,
    disk_check,
    indexes,
    management_check,
    policy_check,
    settings_check,
)
from deploy.operate.doctor.finding import Finding, State, ok
from deploy.operate.doctor.installation import Installation
from deploy.operate.doctor.rights_check import missing
from deploy.operate.doctor.side_by_side import run_all
from deploy.operate.permissions import ROOMS
from tests.helpers.builders import NOW

NODE = {"name": "rabbit@a", "running": True, "disk_free": 10 * 2**20, "disk_free_limit": 50 * 2**20}
ENVIRONMENT = {
    "AFTERWORD_RABBITMQ_URL": "amqp://room:a-long-password@127.0.0.1:1/",
    "AFTERWORD_MONGO_URL": "mongodb://127.0.0.1:1/",
    "AFTERWORD_CALDAV_URL": "http://company:a-long-password@127.0.0.1:1/c/",
    "AFTERWORD_SMTP_URL": "smtp://127.0.0.1:1",
    "AFTERWORD_SECRET_KEY": "x" * 32,
    "AFTERWORD_POLICY": str(Path(__file__).parents[3] / "deploy" / "local" / "afterword.toml"),
}


def states(found: Sequence[Finding]) -> list[State]:
    return [each.state for each in found]


def told(**changed: str) -> list[Finding]:
    """What is said of all rooms' settings, with these changed."""
    environment = {**ENVIRONMENT, **{f"AFTERWORD_{name}": value for name, value in changed.items()}}
    return settings_check.read(Installation(dict.fromkeys(ROOMS, environment), None))[1]


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, State.OK), (2, State.OK), (5, State.WARNING), (-5, State.WARNING), (60, State.FAILED)]
)
def test_a_clock_is_judged_by_how_far_it_is_off(seconds: int, state: State) -> None:
    found = clock_check.compared("there", NOW, NOW + timedelta(seconds=seconds), NOW)
    assert found.state is state
    if state is State.FAILED:
        assert (found.what, found.where) == ("is 60 s ahead of this machine's", "there")
        assert "timedatectl" in found.help


def test_the_way_to_a_slow_server_is_not_taken_for_a_wrong_clock() -> None:
    late = NOW + timedelta(seconds=30)
    assert clock_check.compared("there", NOW, NOW + timedelta(seconds=15), late).state is State.OK


def test_the_seconds_that_a_date_has_no_place_for_are_no_skew() -> None:
    header = "Mon, 02 Mar 2026 09:00:00 GMT"
    now = NOW.replace(year=2026, month=3, day=2, hour=9, minute=0, second=4, microsecond=900_000)
    assert states(clock_check.http_date("there", now, header, now)) == [State.WARNING]
    just = now.replace(second=3)
    assert states(clock_check.http_date("there", just, header, just)) == [State.OK]
    assert clock_check.http_date("there", now, None, now) == []


def test_an_alarm_says_how_much_is_missing_on_which_node_and_what_helps() -> None:
    (disk,) = management_check.nodes([{**NODE, "disk_free_alarm": True}])
    assert (disk.state, disk.where) == (State.FAILED, "node rabbit@a")
    assert "10 MB free, 50 MB wanted" in disk.what
    (memory,) = management_check.nodes([{**NODE, "mem_alarm": True, "mem_used": 2**30, "mem_limit": 2**29}])
    assert "memory alarm: 1,024 MB used of 512 MB" in memory.what
    (apart,) = management_check.nodes([{**NODE, "partitions": ["rabbit@b"]}])
    assert "apart from rabbit@b" in apart.what
    (down,) = management_check.nodes([{"name": "rabbit@c", "running": False}])
    assert down.what == "does not run"
    assert states(management_check.nodes([NODE])) == [State.OK]


def test_a_feature_that_queues_need_must_be_on_and_others_should_be() -> None:
    flag = {"name": "quorum_queue", "state": "disabled", "stability": "stable"}
    (lacking,) = management_check.features([flag])
    assert (lacking.state, "enable_feature_flag" in lacking.help) == (State.FAILED, True)
    assert states(management_check.features([{**flag, "name": "new"}])) == [State.WARNING]
    assert management_check.features([{**flag, "state": "enabled"}]) == []
    assert management_check.features([{**flag, "stability": "experimental"}]) == []


def test_a_database_has_to_be_a_set_with_a_primary_and_new_enough() -> None:
    good = {"setName": "rs0", "isWritablePrimary": True}
    assert states(database_check.server(good, "7.0.14", "there")) == [State.OK]
    (alone,) = database_check.server({"isWritablePrimary": True}, "7.0.14", "there")
    assert "rs.initiate()" in alone.help
    (without,) = database_check.server({"setName": "rs0"}, "7.0.14", "there")
    assert "no primary" in without.what
    (old,) = database_check.server(good, "4.4.29", "there")
    assert (old.state, old.what) == (State.FAILED, "is version 4.4.29")
    assert "6.0 or newer" in old.help


@pytest.mark.parametrize(("used", "state"), [(50, State.OK), (92, State.WARNING), (99, State.FAILED)])
def test_a_disk_that_is_nearly_full_is_said_before_it_is(used: int, state: State) -> None:
    assert states(database_check.space({"fsTotalSize": 100, "fsUsedSize": used}, "there")) == [state]
    assert database_check.space({}, "there") == []


def test_so_is_that_of_this_machine() -> None:
    free = (5 * 2**30, 2**30, 2**20)
    assert states([disk_check.judged(Path("x"), each) for each in free]) == [State.OK, State.WARNING, State.FAILED]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_with_the_rights_of_the_definitions_lacks_nothing(room: str) -> None:
    document = definitions()
    given = next(each for each in document["permissions"] if each["user"] == f"afterword.{room}")
    topics = [each for each in document["topic_permissions"] if each["user"] == f"afterword.{room}"]
    assert list(missing(room, given, topics, declares=False)) == []
    assert any("may not configure" in line for line in missing(room, given, topics, declares=True))


def test_a_right_that_is_missing_is_named() -> None:
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    topics = [{"exchange": "afterword.events", "write": "^DraftRevised", "read": ""}]
    lines = list(missing("drafting", {**everything, "read": "^drafting\\.[A-H]", "write": "("}, topics, declares=True))
    assert "may not read drafting.IncidentReported.v1 and" in " ".join(lines)
    assert any(line.startswith("may not write afterword.events and") for line in lines)
    assert "may not say DraftCreated.v1 to afterword.events" in lines
    assert not any("DraftRevised" in line for line in lines)


def test_good_settings_are_said_to_be_good() -> None:
    (good,) = told()
    assert good == ok("settings", "drafting, review, calendar, distribution, gateway can start with these")


def test_every_wrong_setting_is_named_once_with_the_rooms_that_read_it() -> None:
    found = told(PREFETCH="0", SMTP_URL="http://x", RABBITMQ_URL="http://x", SECRET_KEY="short")
    wrong = {each.what.partition(":")[0]: each for each in found if each.state is State.FAILED}
    assert set(wrong) == {f"AFTERWORD_{name}" for name in ("PREFETCH", "SMTP_URL", "RABBITMQ_URL", "SECRET_KEY")}
    assert wrong["AFTERWORD_SMTP_URL"].where == "distribution"
    assert wrong["AFTERWORD_PREFETCH"].where == ", ".join(ROOMS)
    assert "begins with amqp://" in wrong["AFTERWORD_RABBITMQ_URL"].what
    assert "AFTERWORD_SECRET_KEY_FILE" in wrong["AFTERWORD_SECRET_KEY"].help


def test_an_address_of_the_database_that_its_driver_does_not_take_is_a_wrong_setting() -> None:
    found = told(MONGO_URL="mongodb://")
    assert any("AFTERWORD_MONGO_URL" in each.what for each in found if each.state is State.FAILED)


def test_a_setting_with_a_slip_of_the_pen_and_a_short_password_are_said() -> None:
    found = told(CALDEV_URL="x", SMTP_URL="smtp://me:short@127.0.0.1:1")
    warned = {each.what: each.help for each in found if each.state is State.WARNING}
    assert warned["AFTERWORD_CALDEV_URL is set, and nothing reads it"] == "did you mean AFTERWORD_CALDAV_URL?"
    assert "the password in AFTERWORD_SMTP_URL has 5 characters" in warned
    assert "short" not in "".join(warned)


def test_a_key_of_the_policy_that_nothing_reads_is_named_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "afterword.toml"
    path.write_text(
        '[organisation]\ntimezome = "UTC"\n[review]\n[[people]]\nname = "A"\nemial = "a@example.com"\n'
        '[calendar.minutes]\nsev1 = 60\n[[services]]\nname = "x"\nowner = "a@example.com"\n'
    )
    found = {each.what: each.help for each in policy_check.check(path)}
    assert found == {
        "nothing reads organisation.timezome": "did you mean timezone?",
        "nothing reads people.emial": "did you mean email?",
    }


@pytest.mark.parametrize(
    "name", ["deploy/local/afterword.toml", *(f"tests/organisation/{n}.toml" for n in ("policy",))]
)
def test_every_key_of_our_own_policies_is_read(name: str) -> None:
    assert states(policy_check.check(Path(__file__).parents[3] / name)) == [State.OK]


async def test_a_check_that_hangs_or_breaks_hides_no_other() -> None:
    never = asyncio.Event()

    async def hangs() -> list[Finding]:
        await never.wait()
        return []

    async def breaks() -> list[Finding]:
        raise ValueError("what is this?")

    async def works() -> list[Finding]:
        return [ok("works", "well")]

    found = await run_all({"hangs": hangs, "breaks": breaks, "works": works}, 0.05)
    assert [each.check for each in found] == ["hangs", "breaks", "works"]
    assert states(found) == [State.FAILED, State.FAILED, State.OK]
    assert "what is this?" in found[1].what


async def test_the_indexes_are_those_that_the_stores_make() -> None:
    wanted = await indexes.wanted()
    assert wanted["drafting"]["postmortems"].keys() == {"unsaid_at", "due_at", "untimed"}
    assert {"library", "feed", "commands", "keys", "sessions"} <= wanted["gateway"].keys()
    assert list(indexes.differing(wanted["gateway"], {})) == []
    theirs: dict[str, dict[str, dict[str, Any]]] = {
        "feed": {"_id_": {}, "id": {"key": [("id", 1)], "unique": True, "v": 2}, "forget": {"key": [("at", -1)]}}
    }
    assert list(indexes.differing(wanted["gateway"], theirs)) == [("feed", "forget", True)]
    assert next(iter(indexes.differing(wanted["calendar"], {"meetings": {}}))) == ("meetings", "unsaid_at", False)
