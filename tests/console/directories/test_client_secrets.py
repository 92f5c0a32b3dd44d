"""A client secret that is stored is shown once more to those alone who give their password again."""

from console.visitor import PASSWORD, Visitor
from service.calls import Api, path_of
from service.clock import CLOCK, shared_service
from service.provider_bodies import mirror

__all__ = ["shared_service"]

SECRET = "the client's secret"


def test_a_client_secret_is_shown_after_the_password_alone(admin: Visitor, api: Api):
    directory = mirror(api, "github")
    admin.open(path_of(directory, "provider"))
    CLOCK.moves(11 * 60)
    assert SECRET not in admin.follow("Show the client secret").text

    page = admin.submit("Show the client secret", {"password_again": "not-it"})
    assert (page.status, SECRET in page.text) == (400, False)
    page = admin.submit("Show the client secret", {"password_again": PASSWORD})

    assert SECRET in page.text
    assert page.headers["cache-control"] == "no-store"
