"""A login in one process, which the agent of another process decides: they meet in the database."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from statistics import median

import pytest
import requests

from service.calls import path_of
from service.stand_in_agent import PASSWORD, Place, agent
from service.tenant_setup import new_tenant
from stormpath.server.app import open_service
from support.served import Served

pytestmark = pytest.mark.both_databases


def test_a_login_and_its_agent_may_be_in_two_processes(
    serve: Callable[..., Served], initialized_database_url: str
):
    served = serve(initialized_database_url)
    with closing(open_service(initialized_database_url, create=False)) as service:
        place = Place(new_tenant(service))
        place.account()
        session = requests.Session()
        session.auth = (place.api.key_id, place.api.secret)
        url = served.base_url + path_of(place.application, "oauth/token")

        def log_in(password: str) -> int:
            form = {"grant_type": "password", "username": "ada", "password": password}
            return session.post(url, data=form, timeout=30).status_code

        times = []
        with agent(place):
            assert log_in("wrong") == 400
            for _ in range(5):
                begun = time.monotonic()
                assert log_in(PASSWORD) == 200
                times.append(time.monotonic() - begun)

    # Without signals, each would wait for the next look, two seconds later.
    assert median(times) < 1, times
