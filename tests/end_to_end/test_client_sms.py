"""``Client(sms_gateway=...)``: a thread of the program sends its text messages by a function."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.testing import text_messages
from support.mail import eventually
from support.sms import NUMBER, TEXT, put_sms
from support.sms_gateway import sms_gateway

SENDER = "stormpath-sms-sender"


def service_of(client: Client) -> Any:
    return client.data_store.executor._app


def senders() -> int:
    return sum(each.name == SENDER for each in threading.enumerate())


def test_a_function_gets_the_text_messages_of_all_clients_of_the_database(
    initialized_database_url: str,
) -> None:
    sent: list[tuple[str, str]] = []

    def send(to: str, text: str) -> None:
        sent.append((to, text))

    with (
        Client(database=initialized_database_url) as first,
        Client(database=initialized_database_url, sms_gateway=send),
        Client(database=initialized_database_url, sms_gateway=send),
    ):
        put_sms(service_of(first))
        eventually(lambda: sent == [(NUMBER, TEXT)])
        assert senders() == 1
        eventually(lambda: text_messages(first) == [])
    assert senders() == 0


def test_closing_a_client_sends_due_messages_first(initialized_sqlite_url: str) -> None:
    sent: list[str] = []

    def send(to: str, text: str) -> None:
        time.sleep(0.02)
        sent.append(text)

    with Client(database=initialized_sqlite_url, sms_gateway=send) as client:
        put_sms(service_of(client), 10)

    assert sent == [TEXT] * 10


def test_without_a_function_messages_stay_and_can_be_read(initialized_sqlite_url: str) -> None:
    with Client(database=initialized_sqlite_url) as client:
        put_sms(service_of(client))

        [message] = text_messages(client)

        assert (message.to, message.text, message.code) == (NUMBER, TEXT, "481516")
        assert "481516" not in repr(message)
        assert senders() == 0


def test_the_environment_alone_makes_no_client_send(
    initialized_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sms_gateway() as gateway:
        monkeypatch.setenv("STORMPATH_SMS_URL", gateway.origin)
        monkeypatch.setenv("STORMPATH_SMS_FROM", "Shop")
        with Client(database=initialized_sqlite_url) as client:
            put_sms(service_of(client))
            assert senders() == 0

        assert gateway.posted == []


def test_another_function_is_refused(initialized_sqlite_url: str) -> None:
    first = Client(database=initialized_sqlite_url, sms_gateway=lambda to, text: None)

    with first, pytest.raises(Error, match="another gateway"):
        Client(database=initialized_sqlite_url, sms_gateway=lambda to, text: None)


def test_what_cannot_be_called_is_refused(initialized_sqlite_url: str) -> None:
    with pytest.raises(TypeError, match="not an object of type str"):
        Client(database=initialized_sqlite_url, sms_gateway="https://sms.example.com")  # type: ignore[arg-type]

    assert senders() == 0


def test_a_client_of_a_served_api_takes_no_function() -> None:
    with pytest.raises(ValueError, match="STORMPATH_SMS_URL"):
        Client("https://id.example.com/v1", id="ID", secret="sEcReT", sms_gateway=lambda to, text: None)


def test_text_messages_of_a_served_api_cannot_be_read_here() -> None:
    with pytest.raises(TypeError, match="Only a client with a database"):
        text_messages(Client("https://id.example.com/v1", id="ID", secret="sEcReT"))


def test_a_closed_client_has_no_text_messages(initialized_sqlite_url: str) -> None:
    client = Client(database=initialized_sqlite_url)
    client.close()

    with pytest.raises(Error, match="closed"):
        text_messages(client)


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"STORMPATH_SMS_URL": "https://joe:hunter2@sms.example.com"}, "STORMPATH_SMS_FROM"),
        ({"STORMPATH_SMS_URL": "joe:hunter2@sms.example.com"}, "STORMPATH_SMS_URL"),
    ],
)
def test_settings_that_no_service_can_have_are_refused(
    initialized_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], word: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(Error, match=word) as refused:
        Client(database=initialized_sqlite_url)

    assert "hunter2" not in str(refused.value)


class TestChallenges:
    def test_a_code_goes_to_the_phone_and_back(self, initialized_database_url: str) -> None:
        sent: list[tuple[str, str]] = []
        with Client(
            database=initialized_database_url, sms_gateway=lambda to, text: sent.append((to, text))
        ) as client:
            shop = client.applications.create({"name": "Shop"}, create_directory=True)
            ann = shop.accounts.create({"email": "ann@example.com", "password": "Changeme1!"})
            factor = ann.factors.create({"type": "SMS", "phone": {"number": "(267) 555-5555"}})

            challenge = factor.challenge_factor("Shop: ${code} is your code")
            eventually(lambda: len(sent) == 1)
            eventually(lambda: challenge.refresh() or challenge.status == "WAITING_FOR_VALIDATION")

            [(number, text)] = sent
            assert number == "+12675555555"
            assert challenge.submit(text.removeprefix("Shop: ")[:6]).is_successful()
            assert factor.is_verified()
            assert factor.phone.is_verified()
