"""Limits on wrong passwords as an application meets them: the errors, and the address that it names."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from support.accounts import PASSWORD

HOME, ELSEWHERE = "203.0.113.7", "2001:db8::1"


@pytest.fixture(params=["basic", "SAuthc1"])
def client(request: pytest.FixtureRequest, new_client: Callable[..., Client]) -> Client:
    """A client of each scheme: the embedded service knows HTTP Basic alone."""
    return new_client(scheme=request.param)


def guess(app: Application, login: str, number: int) -> list[int]:
    """Log in with a wrong password, so many times; return the codes of the errors."""
    codes = []
    for _ in range(number):
        with pytest.raises(Error) as error:
            app.authenticate_account(login, "wrong")
        codes.append(error.value.code)
    return codes


def test_a_person_gets_in_from_a_known_address_while_others_guess(
    client: Client, app: Application, new_account: Callable[..., Account], unique: Callable[[str], str]
):
    login = new_account(unique("lando").replace(" ", "")).username
    with client.for_end_user(HOME):
        app.authenticate_account(login, PASSWORD)
    with client.for_end_user(ELSEWHERE):
        assert guess(app, login, 11) == [7100] * 10 + [429]

    begun = time.monotonic()
    with pytest.raises(Error) as error:
        app.authenticate_account(login, PASSWORD)
    # The wait is longer than the SDK waits by itself: the caller is told at once.
    assert time.monotonic() - begun < 5
    assert (error.value.status, error.value.code) == (429, 429)
    with client.for_end_user(HOME):
        assert app.authenticate_account(login, PASSWORD).account.username == login


def test_an_address_that_the_service_refuses_is_an_error(client: Client, app: Application):
    from stormpath import end_user

    with end_user.sent_by(client._executor, "no address"), pytest.raises(Error) as error:
        app.authenticate_account("somebody", PASSWORD)

    assert error.value.status == 400
    assert "Stormpath-End-User-Address" in str(error.value)
