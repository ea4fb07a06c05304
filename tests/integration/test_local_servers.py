"""The servers and the stack on one machine: they start, answer, stop, and never end what is not theirs."""

from __future__ import annotations

import json
import os
import smtplib
import sys
from collections.abc import Iterator
from mailbox import Maildir
from pathlib import Path

import aio_pika
import httpx
import psutil
import pymongo
import pytest
from typer.testing import CliRunner

from deploy import cli
from deploy.local import processes, stack
from deploy.local.errors import LocalError
from deploy.local.ports import free_port
from deploy.local.progress import Step
from deploy.local.rooms import ROOMS
from deploy.local.run import Run
from deploy.local.site import Site
from deploy.local.testing import Servers, fresh_database_name, vhost

ROOM = """
import http.server, os
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
        self.wfile.write(os.environ["AFTERWORD_PUBLIC_URL"].encode())
    def log_message(self, *args):
        pass
where = os.environ["AFTERWORD_HTTP_HOST"], int(os.environ["AFTERWORD_HTTP_PORT"])
http.server.ThreadingHTTPServer(where, Ready).serve_forever()
"""
POLICY = """
[[people]]
name = "Ada Moreno"
email = "ada.moreno@example.com"
role = "engineer"
[[people]]
name = "Nobody Special"
email = "nobody@example.com"
"""
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.com//test//EN
BEGIN:VEVENT
UID:one
DTSTAMP:20260101T000000Z
DTSTART:20260102T100000Z
DTEND:20260102T110000Z
SUMMARY:Review
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def room(name: str) -> list[str]:
    return [sys.executable, "-c", ROOM, name]


def left_behind(folder: Path) -> list[str]:
    """Every living process that was started for a folder, however it was started."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), *process.environ().values()]
            if process.pid != os.getpid() and processes.MARK in process.environ() and str(folder) in " ".join(told):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:  # gone meanwhile, or a zombie
            continue
    return found


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [each for each in os.environ if each.startswith("AFTERWORD_") and each != "AFTERWORD_LOCAL_TOOLS"]:
        monkeypatch.delenv(name)
    policy = tmp_path / "afterword.toml"
    policy.write_text(POLICY)
    monkeypatch.setenv("AFTERWORD_POLICY", str(policy))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("RABBITMQ", "MONGO", "CALDAV", "SMTP"):
            patch.delenv(f"AFTERWORD_{kind}_URL", raising=False)
        with Servers(folder) as started:
            yield started
    assert left_behind(folder) == []


async def test_a_fresh_virtual_host_takes_messages(servers: Servers) -> None:
    with vhost(servers.rabbitmq) as url:
        async with await aio_pika.connect(url) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})
            await channel.default_exchange.publish(aio_pika.Message(b"hello"), "q")
            got = await queue.get(timeout=5)
            assert got is not None
            assert got.body == b"hello"
            await got.ack()
    async with httpx.AsyncClient(base_url=servers.rabbitmq.management_url or "") as client:
        assert url.rpartition("/")[2] not in (await client.get("/api/vhosts")).text


def test_mongodb_has_transactions_and_change_streams(servers: Servers) -> None:
    with pymongo.MongoClient[dict[str, object]](servers.mongodb.url) as client:
        name = fresh_database_name()
        rows = client[name]["rows"]
        rows.insert_one({"_id": 0})
        with rows.watch() as changes:
            with client.start_session() as session, session.start_transaction():
                rows.insert_one({"_id": 1}, session=session)
            assert changes.next()["documentKey"] == {"_id": 1}
        client.drop_database(name)


def test_the_owner_writes_the_calendar_and_a_reader_reads_it(servers: Servers) -> None:
    calendar = servers.radicale
    owner = (calendar.owner.username, calendar.owner.password)
    reader = (calendar.reader.username, calendar.reader.password)
    url = calendar.url + "one.ics"
    assert httpx.put(url, content=EVENT, auth=owner).status_code == 201
    assert "SUMMARY:Review" in httpx.get(url, auth=reader).text
    assert httpx.put(url, content=EVENT, auth=reader).status_code == 403
    assert httpx.delete(url, auth=reader).status_code == 403
    assert httpx.get(url).status_code == 401
    listing = httpx.request("PROPFIND", calendar.url_with_account, headers={"Depth": "0"})
    assert listing.status_code == 207
    assert "Incident Postmortem Meetings" in listing.text


def test_a_mail_is_kept_with_its_envelope(servers: Servers) -> None:
    where = servers.mailcatcher.mail_dir
    assert where is not None
    host, _, port = servers.mailcatcher.smtp_url.removeprefix("smtp://").partition(":")
    with smtplib.SMTP(host, int(port)) as smtp:
        smtp.sendmail(
            "bounces@example.com",
            ["ada.moreno@example.com", "ben.okafor@example.com"],
            "Subject: Grüße\r\n\r\nünverändert\r\n".encode(),
        )
        assert smtp.esmtp_features["size"] == str(32 * 2**20)
    kept = [mail for mail in Maildir(where) if "bounces" in mail["Return-Path"]]
    assert [mail.get_all("Delivered-To") for mail in kept] == [["ada.moreno@example.com", "ben.okafor@example.com"]]
    assert "ünverändert".encode() in kept[0].as_bytes()


def test_up_restart_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, said = tmp_path / "local", list[Step]()
    try:
        run = stack.up(folder, command=room)
        check_run_file(folder, run)
        again = stack.up(folder, command=room, say=said.append)
        assert again == run
        assert "already up" in said[0].detail
        check_restart(folder, run)
        remember(run)
        assert stack.down(folder) is True
        assert left_behind(folder) == []
        assert not (folder / "run.json").exists()
        assert stack.down(folder) is False
        monkeypatch.setenv("AFTERWORD_MONGO_PORT", str(free_port()))  # the set must bear that its member moves
        monkeypatch.setenv("AFTERWORD_GATEWAY_PORT", str(free_port()))
        later = stack.up(folder, command=room)
        assert later.keys == run.keys
        assert later.gateway_url.endswith(os.environ["AFTERWORD_GATEWAY_PORT"])
        check_remembered(later)
    finally:
        stack.down(folder, wipe=True)
    assert left_behind(folder) == []
    assert not (folder / "data").exists()


def check_run_file(folder: Path, run: Run) -> None:
    path = folder / "run.json"
    content = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert content == run.as_json()
    assert set(content) >= {
        "gateway_url",
        "keys",
        "webhook_secrets",
        "rabbitmq_url",
        "mongo_url",
        "caldav",
        "smtp_url",
        "mail_dir",
        "pids",
    }
    assert list(content["keys"]) == ["ada.moreno@example.com"]
    assert content["keys"]["ada.moreno@example.com"]["role"] == "engineer"
    assert content["webhook_secrets"]["incident-io"].startswith("whsec_")
    assert set(content["pids"]) == set(ROOMS)
    assert httpx.get(f"{run.gateway_url}/health/ready").text == run.gateway_url
    hashed = json.loads((folder / "data" / "secrets" / "api_keys.json").read_text())
    assert run.keys["ada.moreno@example.com"]["key"] not in str(hashed)


def check_restart(folder: Path, run: Run) -> None:
    psutil.Process(run.pids["review"]).kill()
    changed = stack.restart("review", folder)
    assert changed.pids["review"] != run.pids["review"]
    assert {**changed.pids, "review": 0} == {**run.pids, "review": 0}
    assert httpx.get(f"{run.http['review']}/health/ready").status_code == 200
    assert json.loads((folder / "run.json").read_text()) == changed.as_json()
    state = stack.status(folder)
    assert state is not None
    assert all(state.alive.values())


def remember(run: Run) -> None:
    management = run.rabbitmq_management_url or ""
    quorum = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
    httpx.put(f"{management}/api/queues/%2F/kept", json=quorum).raise_for_status()
    message = {"properties": {}, "routing_key": "kept", "payload": "still here", "payload_encoding": "string"}
    httpx.post(f"{management}/api/exchanges/%2F/amq.default/publish", json=message).raise_for_status()
    with pymongo.MongoClient[dict[str, object]](run.mongo_url) as client:
        client["kept"]["rows"].insert_one({"_id": "still here"})


def check_remembered(run: Run) -> None:
    ask = {"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"}
    got = httpx.post(f"{run.rabbitmq_management_url}/api/queues/%2F/kept/get", json=ask).json()
    assert [each["payload"] for each in got] == ["still here"]
    with pymongo.MongoClient[dict[str, object]](run.mongo_url) as client:
        assert client["kept"]["rows"].find_one() == {"_id": "still here"}


def test_up_that_fails_leaves_nothing(tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_RABBITMQ_URL", servers.rabbitmq.url)
    monkeypatch.setenv("AFTERWORD_MONGO_URL", servers.mongodb.url)
    monkeypatch.setenv("AFTERWORD_CALDAV_URL", servers.radicale.url_with_account)
    monkeypatch.setenv("AFTERWORD_SMTP_URL", servers.mailcatcher.smtp_url)
    folder = tmp_path / "local"

    def broken(name: str) -> list[str]:
        return [sys.executable, "-c", "raise SystemExit('no such setting')"] if name == "review" else room(name)

    with pytest.raises(LocalError, match=r"(?s)the room review ended.*no such setting"):
        stack.up(folder, command=broken)
    assert left_behind(folder) == []
    assert stack.status(folder) is None
    assert not (folder / "run.json").exists()


def test_a_taken_port_is_named(tmp_path: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    port = servers.mailcatcher.smtp_url.rpartition(":")[2]
    monkeypatch.setenv("AFTERWORD_SMTP_PORT", port)
    with pytest.raises(LocalError, match=f"port {port} is in use: set AFTERWORD_SMTP_PORT"):
        Site(tmp_path).port("smtp")


def test_the_command_line_speaks_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_LOCAL", str(tmp_path / "local"))
    runner = CliRunner()
    nothing = runner.invoke(cli.app, ["status", "--json"])
    assert (nothing.exit_code, json.loads(nothing.stdout)) == (1, {"alive": {}})
    unknown = runner.invoke(cli.app, ["restart", "kitchen"])
    assert unknown.exit_code == 1
    assert "the rooms are drafting, review" in unknown.stderr
    assert "afterword demo" in runner.invoke(cli.app, ["--help"]).stdout
    assert runner.invoke(cli.app, ["down"]).exit_code == 0
