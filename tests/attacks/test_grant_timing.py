"""The time of a refused grant does not tell why it is refused.

As for logins (``test_login_timing.py``), an exact count comes first: refusals with one answer send the same
statements, compute as many hashes and decrypt as many secrets. Then their processor time is compared.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

import pytest

from service.assembled_tokens import assembled, parts_of
from service.calls import Answer, Api, Json
from service.guess_limits import limits
from service.token_calls import client_credentials, oauth_error, password_grant, refresh, revoke
from stormpath.server.app import Service
from stormpath.server.schema import ids
from stormpath.server.security.encryption import SecretBox
from stormpath.server.security.passwords import InsecureForTests
from support.mann_whitney import p_alike
from support.statements import statements

__all__ = ["limits"]

Calls = dict[str, Callable[[], Answer]]

#: Of as many characters as a secret of ours.
WRONG = "w" * 43
REFUSED = (401, "invalid_client", 401)


@pytest.fixture
def application(api: Api) -> Json:
    application, directory = api.application_with_directory()
    api.account(directory)
    api.account(directory, "disabled", status="DISABLED")
    return application


@pytest.fixture
def refused_keys(api: Api, application: Json) -> Calls:
    """Client credentials with a wrong secret, by what the key is: only who knows its secret learns more."""
    (account,) = api.get(application["accounts"]["href"], username="ada").items
    (blocked,) = api.get(application["accounts"]["href"], username="disabled").items
    _, elsewhere = api.application_with_directory("Other")
    known, disabled = api.api_key(account), api.api_key(account, status="DISABLED")
    foreign, of_disabled = api.api_key(api.account(elsewhere, "grace")), api.api_key(blocked)
    unknown = {"id": ids.new_key_id(), "secret": WRONG}
    assert client_credentials(api, application, known).status == 200
    assert {
        oauth_error(client_credentials(api, application, each)) for each in (disabled, foreign, of_disabled)
    } == {REFUSED}
    keys = {
        "unknown": unknown,
        "known": known,
        "of another application": foreign,
        "disabled": disabled,
        "of a disabled account": of_disabled,
    }
    return {
        name: partial(client_credentials, api, application, key, client_secret=WRONG)
        for name, key in keys.items()
    }


@pytest.fixture
def refused_logins(api: Api, application: Json) -> Calls:
    """Password grants with a wrong password."""
    names = ("ada", "disabled", "nobody")
    return {each: partial(password_grant, api, application, each, "wrong") for each in names}


@pytest.fixture
def refused_tokens(api: Api, application: Json) -> Calls:
    """Refresh tokens with a right signature that are gone."""
    revoked = password_grant(api, application).ok["refresh_token"]
    header, claims = parts_of(revoked)
    revoke(api, application, revoked)
    never = assembled(header, claims | {"jti": ids.new_id()}, api.secret)
    (account,) = api.get(application["accounts"]["href"], username="disabled").items
    of_other = assembled(header, claims | {"sub": account["href"]}, api.secret)
    tokens = {"revoked": revoked, "never issued": never, "of another account": of_other}
    return {name: partial(refresh, api, application, each) for name, each in tokens.items()}


@pytest.fixture
def work(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Answer]], list[object]]:
    """``work(call)`` is what a call does: its hashes, the secrets that it opens, and its statements."""
    done: list[object] = []
    verify, open_secret, seal = InsecureForTests.verify, SecretBox.open, SecretBox.seal

    def verified(self: InsecureForTests, password: str, stored: str) -> bool:
        done.append("hash")
        return verify(self, password, stored)

    def opened(self: SecretBox, sealed: bytes, name: str) -> str:
        done.append("cipher")
        return open_secret(self, sealed, name)

    def closed(self: SecretBox, text: str, name: str) -> bytes:
        done.append("cipher")
        return seal(self, text, name)

    monkeypatch.setattr(InsecureForTests, "verify", verified)
    monkeypatch.setattr(SecretBox, "open", opened)
    monkeypatch.setattr(SecretBox, "seal", closed)

    def of(call: Callable[[], Answer]) -> list[object]:
        # The caller's own key is looked up now, and then cached for a second.
        call()
        done.clear()
        with statements(service) as sent:
            call()
        return [*done, *sent]

    return of


@pytest.mark.both_databases
class TestWork:
    """The statements are compared as texts, so that none is answered from another index."""

    def test_refused_keys_cost_the_same(
        self, refused_keys: Calls, work: Callable[[Callable[[], Answer]], list[object]]
    ):
        found = {name: work(call) for name, call in refused_keys.items()}

        assert {oauth_error(call()) for call in refused_keys.values()} == {REFUSED}
        assert all(each == found["unknown"] for each in found.values()), found
        # The application, and the key.
        assert len(found["unknown"]) == 3
        assert found["unknown"].count("cipher") == 1

    def test_refused_logins_cost_the_same(
        self, refused_logins: Calls, work: Callable[[Callable[[], Answer]], list[object]]
    ):
        found = {name: work(call) for name, call in refused_logins.items()}

        assert {oauth_error(call())[:2] for call in refused_logins.values()} == {(400, "invalid_grant")}
        assert all(each == found["nobody"] for each in found.values()), found
        assert found["nobody"].count("hash") == 1

    def test_refused_tokens_cost_the_same(
        self, refused_tokens: Calls, work: Callable[[Callable[[], Answer]], list[object]]
    ):
        found = {name: work(call) for name, call in refused_tokens.items()}

        assert {oauth_error(call()) for call in refused_tokens.values()} == {(400, "invalid_grant", 10013)}
        assert all(each == found["revoked"] for each in found.values()), found


@pytest.mark.sampled
@pytest.mark.parametrize("kind", ["keys", "tokens"])
def test_the_processor_time_of_refused_grants_is_alike(
    kind: str,
    refused_keys: Calls,
    refused_tokens: Calls,
    limits: Callable[..., None],
    examples_of: Callable[[int], int],
):
    """Each against the first by turns. A probability below 1 in 100,000 fails.

    The password grant is a login, which ``test_login_timing.py`` compares with every kind of account.
    """
    limits()
    calls = {"keys": refused_keys, "tokens": refused_tokens}[kind]
    chance = random.Random(4)  # noqa: S311  # examples, not secrets
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(examples_of(360)):
        # In any order: what comes second finds the processor's caches filled by the first.
        for name in chance.sample(list(calls), len(calls)):
            begun = time.process_time()
            calls[name]()
            times[name].append(time.process_time() - begun)

    first, *others = times
    found = {name: p_alike(times[first], times[name]) for name in others}
    assert min(found.values()) > 0.00001, found
