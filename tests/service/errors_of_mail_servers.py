"""A real call for each error of a tenant's mail server, with servers that fail in each way."""

from __future__ import annotations

from functools import partial
from typing import Any
from unittest import mock

from service.calls import Answer, Api, Json
from service.errors_by_resource import Call, twice
from stormpath.server.mail.smtp_check import try_smtp
from support.mail import LOOPBACK
from support.ports import free_port
from support.smtp_server import mail_server

LOGIN = ("us", "Secret1word")


def server(**attributes: Any) -> Json:
    """Return a body for a mail server on this machine."""
    username, password = LOGIN
    return {"host": "127.0.0.1", "port": 25, "username": username, "password": password} | attributes


def create(api: Api, **attributes: Any) -> Answer:
    """Create a mail server with a real connection check."""
    with mock.patch.object(api.wsgi, "try_smtp", partial(try_smtp, targets=LOOPBACK)):
        return api.post("/smtpServers", server(**attributes))


def with_a_server(**attributes: Any) -> Call:
    """Return a call that creates a mail server resource for a real server."""

    def call(api: Api) -> Answer:
        with mail_server(login=LOGIN) as real:
            return create(api, port=real.port, **attributes)

    return call


def with_a_wrong_password(api: Api) -> Answer:
    with mail_server(login=LOGIN) as real:
        real.misbehave("AUTH", "535 5.7.8 Authentication credentials invalid")
        return create(api, port=real.port, password="Wrong1word")


PRODUCED: dict[tuple[str, int], Call] = {
    ("smtpServer", 13000): lambda api: create(api, port=free_port()),
    ("smtpServer", 13001): with_a_wrong_password,
    ("smtpServer", 13002): with_a_server(securityProtocol="TLS"),
    ("smtpServer", 13003): lambda api: twice(api, "/smtpServers", server()),
}
