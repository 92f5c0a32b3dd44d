"""Logins whose password the agent of a mirrored directory tries (rest-auth 9.3)."""

import pytest

from service.calls import Api
from service.stand_in_agent import PASSWORD, Place, agent


@pytest.fixture
def place(api: Api) -> Place:
    place = Place(api)
    place.account()
    return place


def test_the_agent_is_asked_and_its_word_decides(place: Place):
    with agent(place) as taken:
        assert place.log_in().status == 200
        assert place.log_in(password="wrong").error == (400, 7100)

    assert [(each.entry_id, each.dn, each.password) for each in taken] == [
        ("entry of ada", "cn=ada,dc=example", PASSWORD),
        ("entry of ada", "cn=ada,dc=example", "wrong"),
    ]
    assert place.rows() == []
