"""Text messages cost money and hold codes: what callers, numbers and gateways cannot do with them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from service.calls import Api, id_of
from service.clock import clock, service
from stormpath.server.app import Service
from stormpath.server.domain.context import MessageLimits
from stormpath.server.jobs.delivery_errors import DeliveryError
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError
from stormpath.server.sms import queue
from stormpath.server.sms.message import Sms
from stormpath.server.sms.queue import SmsRequest
from support.sms import NUMBER, SHORT_BOUND, gateway_at
from support.sms_gateway import TRICKLE, SmsGateway, sms_gateway

__all__ = ["clock", "service"]

CODE = "481516"
JSON_BODY = '{"to": "${to}", "from": "${from}", "text": "${text}"}'


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as server:
        yield server


@pytest.mark.parametrize(
    "text",
    [
        "x&To=%2B19005550100&MediaUrl=http://evil.example.com/",
        'x", "to": "+19005550100',
        "x\r\n\r\nPOST /Calls.json HTTP/1.1\r\nHost: a\r\n\r\n",
        "${to} ${from} ${text}",
        "\\u0022, \\",
    ],
)
def test_a_text_adds_no_field_and_no_request(gateway: SmsGateway, text: str):
    gateway_at(gateway.origin).send(Sms(NUMBER, text))
    gateway_at(gateway.origin, body=JSON_BODY).send(Sms(NUMBER, text))

    form, other = gateway.posted
    assert form.form == {"To": NUMBER, "From": "+15005550006", "Body": text}
    assert json.loads(other.body) == {"to": NUMBER, "from": "+15005550006", "text": text}


def test_a_redirect_is_not_followed_and_gets_no_password(gateway: SmsGateway):
    with sms_gateway() as other:
        answer = f"HTTP/1.1 307 x\r\nLocation: {other.origin}/\r\nContent-Length: 0\r\n\r\n"
        gateway.misbehave(answer.encode())
        url = f"http://user:hunter2@{gateway.origin.removeprefix('http://')}/"

        with pytest.raises(DeliveryError, match="307"):
            gateway_at("", url=url).send(Sms(NUMBER, CODE))

        assert other.posted == []


def test_a_proxy_of_the_environment_gets_no_password(gateway: SmsGateway, monkeypatch: pytest.MonkeyPatch):
    with sms_gateway() as proxy:
        for each in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(each, proxy.origin)

        gateway_at(gateway.origin).send(Sms(NUMBER, CODE))

        assert (len(gateway.posted), proxy.posted) == (1, [])


def test_an_answer_without_end_is_not_read_to_its_end(gateway: SmsGateway):
    gateway.misbehave(b"HTTP/1.1 500 x\r\n\r\n" + b"x" * 5_000_000)

    with pytest.raises(DeliveryError, match="larger than allowed"):
        gateway_at(gateway.origin).send(Sms(NUMBER, CODE))


def test_an_answer_byte_by_byte_takes_no_longer_than_the_bound(gateway: SmsGateway):
    gateway.misbehave(TRICKLE)
    began = time.monotonic()

    with pytest.raises(DeliveryError, match=f"no end after {SHORT_BOUND} seconds"):
        gateway_at(gateway.origin, timeout=SHORT_BOUND).send(Sms(NUMBER, CODE))

    assert time.monotonic() - began < SHORT_BOUND + 1


def test_what_an_operator_reads_of_a_long_answer_is_one_short_line(gateway: SmsGateway):
    gateway.misbehave((400, f"\x1b[2J\r\n{CODE} " * 2000))

    with pytest.raises(DeliveryError) as failed:
        gateway_at(gateway.origin).send(Sms(NUMBER, CODE))

    assert len(failed.value.text) <= 300
    assert failed.value.text.isprintable()
    assert CODE not in failed.value.text


@pytest.mark.both_databases
def test_a_number_gets_its_limit_however_many_requests_come_at_once(service: Service, api: Api):
    account_id = id_of(api.account(api.directory()))
    limits = MessageLimits(address=5, account=0, directory=0)
    context = replace(service._context(api.tenant_id, service._box), sms_limits=limits)

    def ask(_: int) -> bool:
        try:
            with context.write() as unit:
                # As a rule does that challenges a factor.
                unit.lock("account", account_id)
                row = unit.get("account", account_id)
                assert row is not None
                until = context.now_ms() + 300_000
                queue.enqueue(context, unit, SmsRequest(row, NUMBER, CODE, ids.new_id(), until))
        except ApiError:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(ask, range(20))) == 5
    assert sum(each.tenant_id == api.tenant_id for each in service.outbox.entries(channel="sms")) == 5


@pytest.mark.either_database
def test_a_text_is_neither_readable_in_the_database_nor_in_a_representation(
    service: Service, api: Api, caplog: pytest.LogCaptureFixture
):
    account_id = id_of(api.account(api.directory()))
    context = service._context(api.tenant_id, service._box)
    request = None
    with caplog.at_level(logging.DEBUG), context.write() as unit:
        row = unit.get("account", account_id)
        assert row is not None
        request = SmsRequest(row, NUMBER, f"Your code is {CODE}", ids.new_id(), context.now_ms() + 1000)
        queue.enqueue(context, unit, request)

    [entry] = [each for each in service.outbox.entries(channel="sms") if each.account_id == account_id]
    assert CODE.encode() not in (service.outbox.content(entry.id) or b"")
    assert CODE not in f"{request!r} {entry!r} {service.sms_of(entry)!r} {caplog.text}"
