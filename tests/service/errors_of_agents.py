"""A real call for each error of logins that the agent of a mirrored directory decides."""

from __future__ import annotations

from functools import partial
from unittest import mock

from service.calls import Answer, Api
from service.errors_by_resource import Call
from service.stand_in_agent import Place, agent
from stormpath.server.domain import agent_logins


def not_connected(api: Api) -> Answer:
    place = Place(api)
    place.account()
    place.is_called(ago=60_000)
    return place.log_in()


def silent(api: Api) -> Answer:
    place = Place(api)
    place.account()
    with mock.patch.object(agent_logins, "PATIENCE_MS", 100):
        return place.log_in()


def told(outcome: str, api: Api) -> Answer:
    """Log in, of which the agent says this."""
    place = Place(api)
    place.account()
    with agent(place, lambda login: outcome):
        return place.log_in()


PRODUCED: dict[tuple[str, int], Call] = {
    ("login of a mirrored account", 9000): not_connected,
    ("login of a mirrored account", 9001): partial(told, agent_logins.UNREACHABLE),
    ("login of a mirrored account", 9002): silent,
    ("login of a mirrored account", 9003): partial(told, agent_logins.SILENT),
    ("login of a mirrored account", 9004): partial(told, "anything"),
    ("login of a mirrored account", 9005): partial(told, agent_logins.UNUSABLE),
    ("login of a mirrored account", 9006): partial(told, agent_logins.REFERRAL),
}
