"""Requests of the service to other systems, as its rules send them: where they go, and when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.calls import Api
from stormpath.server.app import Service
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbound import FetchError
from stormpath.server.outbound.slots import MOST_OF_ONE
from support.outbound import client, ok, sending


@pytest.fixture
def context(service: Service, api: Api, monkeypatch: pytest.MonkeyPatch) -> RequestContext:
    """The context of a request of a new tenant; the service may reach the servers of the tests."""
    monkeypatch.setattr(service, "outbound", client())
    return service._context(api.tenant_id, service._box)


@pytest.fixture
def other_system() -> Iterator[str]:
    """The URL of a system that answers."""
    with sending(ok(b"here")) as server:
        yield server.url()


def test_a_rule_sends_requests_on_behalf_of_its_tenant(
    context: RequestContext, service: Service, other_system: str
):
    for _ in range(MOST_OF_ONE):
        service.outbound._slots.take(context.tenant_id)

    with pytest.raises(FetchError, match="too many requests"):
        context.fetch("GET", other_system)
    assert service._context("another", service._box).fetch("GET", other_system).body == b"here"


def test_no_request_is_sent_inside_a_unit_of_work(context: RequestContext, other_system: str):
    """The tests themselves check it: this one checks them."""
    for opened in (context.read, context.write):
        with opened(), pytest.raises(AssertionError, match="inside a unit of work"):
            context.fetch("GET", other_system)

    with context.write():
        pass
    assert context.fetch("GET", other_system).body == b"here"


def test_no_mail_server_is_tried_inside_a_unit_of_work(context: RequestContext):
    from stormpath.server.mail import smtp_check

    with context.write(), pytest.raises(AssertionError, match="inside a unit of work"):
        smtp_check.try_smtp({})
