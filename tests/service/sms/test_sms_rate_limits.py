"""Rate limits on text messages, for each hour: beyond them 429, with the time to come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from service.calls import Api, Json, id_of
from service.clock import HOUR, Clock, clock, service
from service.mail_limits import limits, world
from service.password_resets import ask
from service.sms_limits import sms_limits
from service.tenant_rows import dump
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from stormpath.server.domain.outbox import SMS
from stormpath.server.jobs import limit_log
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.settings import Settings
from stormpath.server.sms import queue
from stormpath.server.sms.queue import SmsRequest
from support.sms import NUMBER, TEXT

__all__ = ["clock", "limits", "service", "sms_limits", "world"]

OTHER = "+14155552672"


def send(service: Service, api: Api, account: Json, number: str = NUMBER) -> ApiError | None:
    """Ask for a message to an account; return the refusal."""
    context = service._context(api.tenant_id, service._box)
    try:
        with context.write() as unit:
            row = unit.get("account", id_of(account))
            assert row is not None
            until = context.now_ms() + 300_000
            queue.enqueue(context, unit, SmsRequest(row, number, TEXT, ids.new_id(), until))
    except ApiError as refused:
        return refused
    return None


def waiting(service: Service, api: Api) -> int:
    return sum(each.tenant_id == api.tenant_id for each in service.outbox.entries(limit=1000, channel=SMS))


def test_the_service_has_limits_by_default():
    defaults = Settings("sqlite://")

    found = (defaults.sms_per_number, defaults.sms_per_account, defaults.sms_per_directory)
    assert found == (5, 10, 500)


@pytest.mark.both_databases
def test_a_number_gets_no_more_messages_than_its_limit_from_all_directories(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None]
):
    sms_limits(number=2)
    other = api.account(api.directory("Second"), "grace")

    answers = [send(service, api, each) for each in (world["account"], other, other)]

    assert answers[:2] == [None, None]
    refused = answers[2]
    assert (refused.status, refused.code) == (429, Code.TOO_MANY_REQUESTS)
    assert refused.message == "Too many text messages were sent. Please try again later."
    assert "The number got 2 text messages" in refused.developer_message
    assert refused.retry_after == 3600
    assert NUMBER not in refused.message + refused.developer_message
    # Nothing is written for what is refused.
    assert waiting(service, api) == 2
    assert send(service, api, other, OTHER) is None


def test_an_account_gets_no_more_messages_than_its_limit_to_all_numbers(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None]
):
    sms_limits(account=2)
    grace = api.account(world["directory"], "grace")

    for number in (NUMBER, OTHER):
        assert send(service, api, world["account"], number) is None

    assert "account" in send(service, api, world["account"], "+14155552673").developer_message
    assert send(service, api, grace) is None


def test_a_directory_beyond_its_limit_sends_to_accounts_that_got_none_up_to_twice_as_many(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None]
):
    sms_limits(directory=1)
    accounts = [world["account"], *(api.account(world["directory"], each) for each in ("grace", "alan"))]
    numbers = [f"+1415555268{each}" for each in range(3)]

    assert send(service, api, accounts[0], numbers[0]) is None
    assert "directory" in send(service, api, accounts[0], numbers[0]).developer_message
    assert send(service, api, accounts[1], numbers[1]) is None
    assert "directory" in send(service, api, accounts[2], numbers[2]).developer_message


def test_beyond_the_limit_no_message_is_sent_before_the_hour_is_over(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None], clock: Clock
):
    sms_limits(number=3)
    for _ in range(3):
        assert send(service, api, world["account"]) is None
        clock.moves(600)

    # E-mails have a reserve; a text message costs money.
    refused = send(service, api, world["account"])
    assert refused.retry_after == HOUR - 1800
    clock.moves(HOUR - 1800 - 1)
    assert send(service, api, world["account"]).retry_after == 1
    clock.moves(1)
    assert send(service, api, world["account"]) is None
    assert send(service, api, world["account"]).retry_after == 600


def test_messages_of_deleted_accounts_still_count_and_no_number_is_stored_for_that(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None]
):
    sms_limits(number=2)
    for name in ("one", "two"):
        account = api.account(world["directory"], name)
        assert send(service, api, account) is None
        api.delete(account["href"])

    assert send(service, api, world["account"]) is not None
    assert not [text for _, text in dump(service, api.tenant_id) if NUMBER in text]


def test_each_tenant_has_limits_of_its_own(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None]
):
    sms_limits(number=1, account=1, directory=1)
    stranger = new_tenant(service)
    _, directory = stranger.application_with_directory()
    account = stranger.account(directory)
    assert send(service, api, world["account"]) is None

    assert send(service, stranger, account) is None
    assert send(service, stranger, account) is not None


def test_emails_and_text_messages_are_counted_apart(
    service: Service, api: Api, world: Json, monkeypatch: pytest.MonkeyPatch
):
    values: dict[str, Any] = {f"mails_per_{each}": 1 for each in ("address", "account", "directory")}
    values |= {f"sms_per_{each}": 1 for each in ("number", "account", "directory")}
    monkeypatch.setattr(service, "settings", replace(service.settings, **values))

    assert ask(api, world["application"]).status == 200
    assert send(service, api, world["account"]) is None

    assert ask(api, world["application"]).status == 429
    assert send(service, api, world["account"]) is not None


@pytest.mark.both_databases
def test_the_operator_sees_which_limits_are_reached(
    service: Service, api: Api, world: Json, sms_limits: Callable[..., None]
):
    sms_limits(number=2, account=3)
    for _ in range(2):
        send(service, api, world["account"])

    [reached] = [each for each in service.reached_limits() if each.tenant_id == api.tenant_id]

    assert (reached.channel, reached.what, reached.messages, reached.limit) == (SMS, "address", 2, 2)
    assert (reached.kind, reached.account_id) == ("SMS_CHALLENGE", id_of(world["account"]))


def test_a_limit_that_is_reached_is_logged_without_the_number(
    service: Service,
    api: Api,
    world: Json,
    sms_limits: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
):
    sms_limits(number=1)
    for _ in range(3):
        send(service, api, world["account"])

    [line] = [each.getMessage() for each in caplog.records if each.name == limit_log.__name__]
    assert line.startswith("Too many SMS_CHALLENGE text messages to account")
    assert NUMBER not in line
