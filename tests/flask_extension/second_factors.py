"""People with second factors: their apps, phones and papers, and the pages where they use them."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_extension.pages import Context
from flask_extension.sites import PASSWORD, Site
from flask_stormpath.factors.shown import NewFactor
from stormpath import Client
from stormpath.resources.account import Account
from stormpath.resources.factor import Factor
from stormpath.testing import text_messages

#: One for each phone: a number gets only so many messages an hour.
_numbers = itertools.count(5000)
WRONG_CODE = "000000"
FACTOR_LOGIN = "/login/factor"


@dataclass
class Phone:
    """An authenticator app, of which some codes were used."""

    secret: str
    used: int = 0

    def code(self) -> str:
        """Return the code that it shows now; where that is used the next one, which is accepted, too."""
        return str(pyotp.TOTP(self.secret).at(int(time.time()) + 30 * self.used))


def with_app(account: Account) -> Phone:
    """Give an account an app that was proved, and whose present code is not used yet."""
    factor = account.factors.create({"type": "google-authenticator"})
    assert factor.secret is not None
    phone = Phone(factor.secret)
    assert factor.challenge_factor(code=phone.code()).is_successful()
    phone.used += 1
    return phone


def with_recovery_codes(account: Account) -> list[str]:
    """Give an account recovery codes, and return them."""
    return list(account.factors.create({"type": "recovery-codes"}).codes)


#: The numbers that tests have made.
_made: list[str] = []


def new_number() -> str:
    """Return a phone number that no other test uses."""
    _made.append(f"+1267555{next(_numbers)}")
    return _made[-1]


def with_phone(client: Client, account: Account) -> str:
    """Give an account a phone that was proved, and return its number."""
    number = new_number()
    factor = account.factors.create({"type": "SMS", "phone": {"number": number}}, challenge=True)
    challenge = factor.most_recent_challenge
    assert challenge is not None
    assert challenge.submit(last_message(client)).is_successful()
    return number


def last_message(client: Client) -> str:
    """Return the code of the newest text message to the number that was made last.

    Not of the newest of all: the ids of a process in which a test has moved the clock are ahead of others.
    """
    return [each for each in text_messages(client) if each.to == _made[-1]][-1].code


def answer(site: Site, code: Any, browser: FlaskClient | None = None, **query: Any) -> TestResponse:
    """Send the form that asks for the second factor."""
    return (browser or site.browser).post(FACTOR_LOGIN, data={"code": code}, query_string=query)


def id_of(factor: Factor) -> str:
    """Return what the pages call a factor."""
    return factor.href.rpartition("/")[2]


def change(site: Site, action: str, password: str = PASSWORD, **fields: Any) -> TestResponse:
    """Send a form of the page where second factors are set up."""
    return site.browser.post("/factors", data={"action": action, "password": password, **fields})


def begin(site: Site, pages: list[Context], action: str = "add-app", **fields: str) -> NewFactor:
    """Begin a factor, and return it as the page gets it."""
    change(site, action, **fields)
    new = pages[-1]["new"]
    assert isinstance(new, NewFactor)
    return new


def confirm(site: Site, new: NewFactor, code: str | None = None) -> TestResponse:
    """Send the first code of a factor that was begun, by default the right one of an app."""
    return change(site, "confirm", password="", factor=new.id, code=code or Phone(str(new.secret)).code())


def kinds(account: Account) -> list[tuple[str, str]]:
    """Return the types of an account's factors, and whether they were proved."""
    return sorted((each.type, each.verification_status) for each in account.factors)
