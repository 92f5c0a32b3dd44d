"""The second factor of a login: an app, a phone, a recovery code."""

import time
from urllib.parse import urlsplit

import pytest

from console.visitor import Visitor, new_administrator
from service.calls import Api, Json
from service.factor_calls import (
    answer,
    authenticator,
    challenge,
    last_code,
    recovery_codes,
    sms_factor,
    totp,
    wrong_for,
)
from stormpath.server.app import Service


@pytest.fixture
def ann(api: Api) -> Visitor:
    """An administrator, not logged in."""
    return new_administrator(api)


def account_of(visitor: Visitor) -> Json:
    return visitor.tools.get("/accounts", email=visitor.login).items[0]


def proved_app(visitor: Visitor) -> str:
    """Give the administrator an app that was proved; return its secret."""
    made = authenticator(visitor.tools, account_of(visitor))
    assert challenge(visitor.tools, made, code=totp(made["secret"])).made["status"] == "SUCCESS"
    return str(made["secret"])


def next_code(secret: str) -> str:
    """Return the code that the app shows next, which was not used yet."""
    return totp(secret, time.time() + 30)


def test_a_login_with_an_app_asks_for_its_code_and_leads_to_the_page(ann: Visitor):
    secret = proved_app(ann)
    ann.open("/directories?status=ENABLED")
    page = ann.submit("Log in", {"tenant": ann.tenant, "login": ann.login, "password": ann.password})
    assert urlsplit(page.path).path == "/login/factor"

    page = ann.submit("Log in", {"code": next_code(secret)})

    assert page.path == "/directories?status=ENABLED"


def test_a_wrong_code_does_not_log_in(ann: Visitor):
    secret = proved_app(ann)
    ann.log_in()

    page = ann.submit("Log in", {"code": wrong_for(next_code(secret))})

    assert page.status == 400
    assert "The code is wrong." in page.text
    assert urlsplit(ann.open("/accounts").path).path == "/login/factor"
    assert ann.submit("Log in", {"code": next_code(secret)}).path == "/accounts"


def test_a_code_by_message_is_sent_by_the_button_alone(ann: Visitor, service: Service):
    factor = sms_factor(ann.tools, account_of(ann))
    begun = challenge(ann.tools, factor).made
    assert answer(ann.tools, begun, last_code(service, ann.tools.tenant_id)).ok["status"] == "SUCCESS"
    ann.log_in()
    before = len(ann.tools.get(factor["challenges"]["href"]).items)
    ann.open("/login/factor")
    assert len(ann.tools.get(factor["challenges"]["href"]).items) == before

    page = ann.submit("Send the code")
    assert "… 5555" in page.text
    page = ann.submit("Log in", {"code": last_code(service, ann.tools.tenant_id)})

    assert page.path == "/"
    assert page.status == 200


def test_a_recovery_code_logs_in_once(ann: Visitor):
    proved_app(ann)
    code = recovery_codes(ann.tools, account_of(ann))["codes"][0]
    ann.log_in()
    ann.follow("Use a recovery code")
    assert ann.submit("Log in", {"code": code}).path == "/"

    again = ann.anew()
    again.log_in()
    again.follow("Use a recovery code")
    page = again.submit("Log in", {"code": code})

    assert page.status == 400
    assert "The code is wrong." in page.text


def test_back_to_the_login_forgets_the_password(ann: Visitor):
    proved_app(ann)
    ann.log_in()

    page = ann.submit("Back to the login")

    assert page.path == "/login"
    assert ann.open("/login/factor").path == "/login"


def test_another_session_takes_the_place_of_the_pending_one(ann: Visitor):
    secret = proved_app(ann)
    ann.log_in()
    pending = ann.cookies["stormpath-console"]
    ann.submit("Log in", {"code": next_code(secret)})
    assert ann.cookies["stormpath-console"] != pending

    ann.cookies["stormpath-console"] = pending

    assert ann.open("/accounts").path.startswith("/login?")
