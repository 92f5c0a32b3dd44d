"""Providers that are down, slow, or lead elsewhere, through the API and the service's own client."""

from __future__ import annotations

import pytest

from service.social_logins import Place
from service.token_calls import oauth_error
from support import outbound
from support.providers import breakages

pytestmark = pytest.mark.either_database

BROKEN = {
    "down": breakages.down,
    "slow": breakages.slow,
    "refused": breakages.saying(401, {"error": "invalid_token"}),
    "html": breakages.html,
    "huge": breakages.huge,
    "elsewhere": breakages.elsewhere,
}


@pytest.fixture(autouse=True)
def impatient(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place.api.wsgi, "outbound", outbound.client(seconds=0.3))


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_provider_lets_nobody_in_and_no_one_sees_its_answer(place: Place, kind: str):
    place.provider.add()
    known = place.log_in().made
    place.provider.breaks("/me", BROKEN[kind])

    answer = place.log_in()

    assert answer.error == (400, 7200)
    assert "contact support" in answer["message"]
    for hidden in (b"hunter2", b"the-token-of-ada", b"169.254", b"127.0.0.1", b"xxx"):
        assert hidden not in answer.raw
    assert oauth_error(place.grant())[2] == 7200
    assert place.accounts() == [known]


def test_a_new_person_at_a_broken_provider_gets_no_account(place: Place):
    place.provider.add()
    place.provider.breaks("/me", breakages.html)

    assert place.log_in().error == (400, 7200)
    assert place.accounts() == []


def test_the_service_reaches_no_address_inside_its_network(place: Place, monkeypatch: pytest.MonkeyPatch):
    """A tenant names the endpoints of a generic provider: on this machine, they are refused as usual."""
    from stormpath.server.outbound.allowed_targets import HTTP, AllowedTargets
    from stormpath.server.outbound.client import Client

    place.provider.add()
    usual = Client(AllowedTargets.parse("", "80,443,1024-65535", HTTP))
    monkeypatch.setattr(place.api.wsgi, "outbound", usual)

    assert place.log_in().error == (400, 7200)
    assert place.provider.sent == []
