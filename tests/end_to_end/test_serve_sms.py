"""``stormpath serve`` and ``send-mail`` with a gateway in the environment, ``stormpath outbox`` without."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.server.app import open_service
from support.command import Done, assert_refused, in_this_process
from support.served import Served, eventually
from support.sms import NUMBER, TEXT, put_sms
from support.sms_gateway import SmsGateway, sms_gateway

Serve = Callable[..., Served]

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
ID = r"[0-9A-Za-z]{22}"


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as server:
        yield server


def settings(gateway: SmsGateway) -> dict[str, str]:
    url = f"http://AC1:token@{gateway.origin.removeprefix('http://')}/Messages.json"
    return {"STORMPATH_SMS_URL": url, "STORMPATH_SMS_FROM": "+15005550006"}


def write(database: str, count: int = 1, **values: Any) -> list[str]:
    with closing(open_service(database)) as service:
        return put_sms(service, count, **values)


def states(database: str) -> list[str]:
    with closing(open_service(database)) as service:
        return [each.state for each in service.outbox.entries()]


def outbox(database: str, *arguments: str) -> Done:
    return in_this_process("outbox", *arguments, "--database", database)


def test_workers_send_text_messages_each_once(
    serve: Serve, initialized_database_url: str, gateway: SmsGateway
) -> None:
    write(initialized_database_url, 10)

    service = serve(initialized_database_url, "--workers", "2", **settings(gateway))
    eventually(lambda: states(initialized_database_url) == ["SENT"] * 10)

    assert len(gateway.posted) == 10
    assert gateway.posted[0].form == {"To": NUMBER, "From": "+15005550006", "Body": TEXT}
    status, said = service.stops()
    assert (status, said) == (0, "")


def test_a_number_that_the_gateway_refuses_ends_its_challenge(
    serve: Serve, initialized_sqlite_url: str, gateway: SmsGateway
) -> None:
    gateway.misbehave((400, '{"code": 21211, "message": "Invalid number"}'))
    with Client(database=initialized_sqlite_url) as embedded:
        shop = embedded.applications.create({"name": "Shop"}, create_directory=True)
        ann = shop.accounts.create({"email": "ann@example.com", "password": "Changeme1!"})
        factor = ann.factors.create({"type": "SMS", "phone": {"number": "+12675555555"}})

        serve(initialized_sqlite_url, **settings(gateway))
        refused = factor.challenge_factor()
        eventually(lambda: refused.refresh() or refused.status == "UNDELIVERED")

        with pytest.raises(Error) as caught:
            refused.submit("123456")
        assert caught.value.code == 13112

        # The next one arrives.
        sent = factor.challenge_factor()
        eventually(lambda: sent.refresh() or sent.status == "WAITING_FOR_VALIDATION")
        code = gateway.posted[-1].form["Body"][-6:]
        assert sent.submit(code).is_successful()


class TestSendMail:
    def test_text_messages_are_sent_where_the_environment_names_a_gateway(
        self, initialized_sqlite_url: str, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in settings(gateway).items():
            monkeypatch.setenv(name, value)
        write(initialized_sqlite_url, 2)

        done = in_this_process("send-mail", "--database", initialized_sqlite_url)

        assert (done.returncode, done.stdout) == (0, "2 sent, 0 postponed, 0 given up.\n")
        assert len(gateway.posted) == 2


class TestOutbox:
    def test_text_messages_are_listed_with_their_numbers(self, initialized_database_url: str) -> None:
        write(initialized_database_url)

        [line] = outbox(initialized_database_url).stdout.splitlines()
        [listed] = json.loads(outbox(initialized_database_url, "--json").stdout)

        assert re.fullmatch(rf"{ID}\t{TIME}\tSMS_CHALLENGE\t\{NUMBER}\tPENDING\t0\t", line), line
        assert (listed["channel"], listed["kind"], listed["to"]) == ("sms", "SMS_CHALLENGE", NUMBER)
        assert "481516" not in line + json.dumps(listed)

    def test_without_a_gateway_the_text_can_be_read(self, initialized_database_url: str) -> None:
        [id] = write(initialized_database_url)

        shown = outbox(initialized_database_url, "show", id)
        as_json = json.loads(outbox(initialized_database_url, "show", "--json").stdout)

        facts, _, message = shown.stdout.partition("\n\n")
        assert f"Id:          {id}\n" in facts
        assert message == f"To:          {NUMBER}\n\n{TEXT}\n"
        assert as_json["content"] == {"to": NUMBER, "text": TEXT}

    def test_control_characters_of_a_text_do_not_reach_the_terminal(
        self, initialized_sqlite_url: str
    ) -> None:
        write(initialized_sqlite_url, text="\x1b]0;owned\x07 481516\u202e")

        shown = outbox(initialized_sqlite_url, "show").stdout

        assert "481516" in shown
        assert not re.search("\x1b|\x07|\u202e", shown)

    def test_a_text_is_gone_once_it_is_sent_and_cannot_be_sent_again(
        self, initialized_sqlite_url: str, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in settings(gateway).items():
            monkeypatch.setenv(name, value)
        [id] = write(initialized_sqlite_url)
        in_this_process("send-mail", "--database", initialized_sqlite_url)

        shown = outbox(initialized_sqlite_url, "show", id).stdout
        as_json = json.loads(outbox(initialized_sqlite_url, "show", id, "--json").stdout)

        assert "its text is gone" in shown
        assert (as_json["content"], "481516" in shown) == (None, False)
        assert_refused(outbox(initialized_sqlite_url, "retry", id), "The text message", "sent already")

    def test_one_that_was_given_up_can_be_retried(
        self, initialized_sqlite_url: str, gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in settings(gateway).items():
            monkeypatch.setenv(name, value)
        gateway.misbehave((400, '{"code": 21211, "message": "481516"}'))
        [id] = write(initialized_sqlite_url)
        done = in_this_process("send-mail", "--database", initialized_sqlite_url)
        assert (done.returncode, done.stdout) == (1, "0 sent, 0 postponed, 1 given up.\n")
        [line] = outbox(initialized_sqlite_url, "--state", "DEAD").stdout.splitlines()
        assert line.endswith('\t400 {"code": 21211, "message": "***"}')

        assert outbox(initialized_sqlite_url, "retry", id).stdout == "1 message is due now.\n"
        in_this_process("send-mail", "--database", initialized_sqlite_url)

        assert states(initialized_sqlite_url) == ["SENT"]

    def test_a_limit_on_a_number_is_listed(
        self, initialized_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_SMS_PER_NUMBER", "2")
        write(initialized_sqlite_url, 2)

        [line] = outbox(initialized_sqlite_url, "limits").stdout.splitlines()
        [listed] = json.loads(outbox(initialized_sqlite_url, "limits", "--json").stdout)

        assert line.split("\t")[:4] == ["number", "SMS_CHALLENGE", "2", "2"]
        assert (listed["what"], listed["channel"], listed["messages"]) == ("number", "sms", 2)
        assert NUMBER not in line + json.dumps(listed)
