"""What time does to a session: the password counts for ten minutes, idleness and age end it."""

from console.visitor import PASSWORD, Visitor
from service.calls import Api
from service.clock import CLOCK, HOUR, shared_service

__all__ = ["shared_service"]

MINUTE = 60


def account_of(admin: Visitor) -> str:
    items = admin.tools.get("/accounts", email=admin.login).items
    return str(items[0]["href"])


def test_the_password_is_asked_for_again_before_a_key_is_made(admin: Visitor, api: Api):
    CLOCK.moves(11 * MINUTE)
    keys = f"{account_of(admin)}/apiKeys"
    before = api.get(keys).ok["size"]

    admin.open("/me/apiKeys/new")
    page = admin.submit("Create API Key", {"password_again": "wrong"})
    assert page.status == 400
    assert "The password is wrong." in page.text
    assert api.get(keys).ok["size"] == before

    answer = admin.submit("Create API Key", {"password_again": PASSWORD})
    assert answer.raw.startswith(b"apiKey.id = ")


def test_a_session_ends_after_half_an_hour_without_use_and_not_before(admin: Visitor):
    for _ in range(3):
        CLOCK.moves(29 * MINUTE)
        assert admin.open("/me/apiKeys").path == "/me/apiKeys"

    CLOCK.moves(31 * MINUTE)

    assert admin.open("/me/apiKeys").path.startswith("/login?")


def test_a_session_ends_after_twelve_hours_however_busy_it_is(admin: Visitor):
    for _ in range(26):
        CLOCK.moves(HOUR * 0.45)
        assert admin.open("/me/apiKeys").path == "/me/apiKeys"

    CLOCK.moves(HOUR * 0.45)

    assert admin.open("/me/apiKeys").path.startswith("/login?")


def test_the_time_that_is_left_is_asked_for_without_extending_it(admin: Visitor):
    CLOCK.moves(20 * MINUTE)
    assert admin.open("/session").raw == b'{"idle": 600, "absolute": 42000}'
    CLOCK.moves(9 * MINUTE)
    assert admin.open("/session").raw == b'{"idle": 60, "absolute": 41460}'

    admin.open("/session")
    page = admin.anew().open("/session")

    assert page.raw == b'{"idle": 0, "absolute": 0}'


def test_the_warning_offers_to_stay_logged_in(admin: Visitor):
    CLOCK.moves(10)
    admin.open("/")
    CLOCK.moves(30)

    page = admin.submit("Stay logged in")

    assert "You stay logged in." in page.text
    assert admin.open("/session").raw.startswith(b'{"idle": 1800,')


def test_the_page_of_sessions_says_when_they_end(admin: Visitor):
    page = admin.open("/me/sessions")

    assert "after 30 minutes without use, after 12 hours in any case" in page.text
