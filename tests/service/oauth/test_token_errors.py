"""Every row of the errors of grants (rest-auth 3.7): status, name by RFC 6749, and code."""

from collections.abc import Callable

import pytest

from service.calls import Answer, Api, Json, id_of
from service.clock import CLOCK
from service.token_calls import (
    ADA,
    assertion,
    claims_of,
    client_credentials,
    exchange,
    grant,
    log_in,
    oauth_error,
    post_form,
    refresh,
    resigned,
    revoke,
    token_path,
)

UNKNOWN = "0351A00000000000000000"


class Place:
    """An application with a directory in which ada is; what is done to them is undone by ``restore``."""

    def __init__(self, api: Api, application: Json, directory: Json, ada: Json) -> None:
        self.api, self.application, self.directory, self.ada = api, application, directory, ada
        self._undo: list[Callable[[], object]] = []

    def restore(self) -> None:
        while self._undo:
            self._undo.pop()()

    def password(self, **fields: str) -> Answer:
        return grant(self.api, self.application, "password", **(ADA | fields))

    def form(self, **fields: str) -> Answer:
        return post_form(self.api, token_path(self.application), fields)

    def disable(self, resource: Json, status: str = "DISABLED") -> None:
        assert self.api.post(resource["href"], {"status": status}).status == 200
        self._undo.append(lambda: self.api.post(resource["href"], {"status": "ENABLED"}))

    def leave_stores(self) -> None:
        for mapping in self.api.get(self.application["accountStoreMappings"]["href"]).items:
            assert self.api.delete(mapping["href"]).status == 204
        self._undo.append(self.return_to_stores)

    def return_to_stores(self) -> None:
        self.api.mapping(self.application, self.directory)

    def delete_account(self) -> None:
        assert self.api.delete(self.ada["href"]).status == 204
        self._undo.append(self.come_back)

    def come_back(self) -> None:
        self.ada = self.api.account(self.directory)

    def organization(self, *, is_empty: bool = False, is_mapped: bool = True) -> tuple[Json, str]:
        """Return an organization and its nameKey."""
        self._organizations = getattr(self, "_organizations", 0) + 1
        made = self.api.organization(f"Acme{self._organizations}")
        if not is_empty:
            self.api.organization_mapping(made, self.directory)
        if is_mapped:
            self.api.mapping(self.application, made)
        return made, str(made["nameKey"])

    def granted(self) -> Json:
        return log_in(self.api, self.application)

    def refreshed(self, change: Callable[[], object] | None = None) -> Answer:
        """Refresh, after a change."""
        token = self.granted()["refresh_token"]
        if change is not None:
            change()
        return refresh(self.api, self.application, token)

    def exchanged(self, **claims: object) -> Answer:
        token = assertion(self.api, self.application, self.ada, CLOCK.now / 1000, **claims)
        return exchange(self.api, self.application, token)

    def by_key(self, **changes: str) -> Answer:
        """Ask by an API key of ada's with other attributes."""
        return client_credentials(self.api, self.application, self.api.api_key(self.ada) | changes)


@pytest.fixture
def place(api: Api, application: Json, directory: Json, ada: Json) -> Place:
    return Place(api, application, directory, ada)


def disabled_account(it: Place) -> Answer:
    it.disable(it.ada)
    return it.password()


def unverified_account(it: Place) -> Answer:
    it.disable(it.ada, "UNVERIFIED")
    return it.password()


def disabled_directory(it: Place) -> Answer:
    it.disable(it.directory)
    return it.password()


def disabled_application(it: Place) -> Answer:
    it.disable(it.application)
    return it.password()


def no_stores(it: Place) -> Answer:
    it.leave_stores()
    return it.password()


def disabled_group(it: Place) -> Answer:
    group = it.api.group(it.directory)
    it.api.membership(it.ada, group)
    it.leave_stores()
    it.api.mapping(it.application, group, listIndex=0)
    it.disable(group)
    return it.password()


def empty_organization(it: Place) -> Answer:
    _, name_key = it.organization(is_empty=True)
    return it.password(organizationNameKey=name_key)


def disabled_organization(it: Place) -> Answer:
    organization, name_key = it.organization()
    it.disable(organization)
    return it.password(organizationNameKey=name_key)


def unmapped_organization(it: Place) -> Answer:
    _, name_key = it.organization(is_mapped=False)
    return it.password(organizationNameKey=name_key)


def key_of(it: Place, change: str) -> Answer:
    key = it.api.api_key(it.ada)
    if change == "disabled":
        it.disable(key)
    elif change == "deleted":
        it.api.delete(key["href"])
    elif change == "account":
        it.disable(it.ada)
    elif change == "store":
        it.leave_stores()
    elif change == "directory":
        it.disable(it.directory)
    return client_credentials(it.api, it.application, key)


def reused_assertion(it: Place) -> Answer:
    assert it.exchanged(jti="once").status == 200
    return it.exchanged(jti="once")


def revoked_refresh(it: Place) -> Answer:
    token = it.granted()["refresh_token"]
    assert revoke(it.api, it.application, token).status == 200
    return refresh(it.api, it.application, token)


def refresh_of(it: Place, header: Json | None = None, **claims: object) -> Answer:
    token = resigned(it.api, it.granted()["refresh_token"], header, **claims)
    return refresh(it.api, it.application, token)


def refresh_elsewhere(it: Place) -> Answer:
    other = it.api.application("Other")
    it.api.mapping(other, it.directory)
    return refresh(it.api, other, it.granted()["refresh_token"])


NOW = CLOCK.now // 1000

INVALID_REQUEST: dict[str, tuple[Callable[[Place], Answer], int]] = {
    "no grant_type": (lambda it: it.form(**ADA), 2000),
    "a blank grant_type": (lambda it: it.form(grant_type="", **ADA), 2000),
    "an unknown grant_type": (lambda it: it.form(grant_type="nonsense", **ADA), 2003),
    "no username": (lambda it: it.form(grant_type="password", password="x"), 2000),
    "a blank username": (lambda it: it.password(username="  "), 2000),
    "no password": (lambda it: it.form(grant_type="password", username="ada"), 2000),
    "an empty password": (lambda it: it.password(password=""), 2000),
    "no refresh_token": (lambda it: it.form(grant_type="refresh_token"), 2000),
    "no client_id": (lambda it: it.form(grant_type="client_credentials", client_secret="x"), 2000),
    "no client_secret": (lambda it: it.form(grant_type="client_credentials", client_id="x"), 2000),
    "no token": (lambda it: it.form(grant_type="stormpath_token"), 2000),
    "no token by the older name": (lambda it: it.form(grant_type="id_site_token"), 2000),
    "a long password": (lambda it: it.password(password="x" * 5000), 2008),
    "a long token": (lambda it: exchange(it.api, it.application, "x" * 9000), 2008),
    "a malformed store": (lambda it: it.password(accountStore="nonsense"), 2002),
    "an unknown store": (
        lambda it: it.password(accountStore=f"{it.api.base_url}/directories/{UNKNOWN}"),
        2016,
    ),
    "a store of another kind": (lambda it: it.password(accountStore=it.application["href"]), 2014),
    "a store of the tenant only": (
        lambda it: it.password(accountStore=it.api.directory(f"Others of {it.ada['username']}")["href"]),
        5114,
    ),
    "an unknown organization": (lambda it: it.password(organizationNameKey="nonsense"), 2014),
    "an organization of the tenant only": (unmapped_organization, 2014),
}

INVALID_GRANT: dict[str, tuple[Callable[[Place], Answer], int]] = {
    "an unknown username": (lambda it: it.password(username="nobody"), 7104),
    "a wrong password": (lambda it: it.password(password="Wrong1234!"), 7100),
    "a disabled account": (disabled_account, 7101),
    "an unverified account": (unverified_account, 7102),
    "a disabled group": (disabled_group, 7105),
    "a disabled directory": (disabled_directory, 7106),
    "a disabled organization": (disabled_organization, 7107),
    "a disabled application": (disabled_application, 5115),
    "an application without stores": (no_stores, 5105),
    "an organization without stores": (empty_organization, 4605),
    "a refresh token that is none": (lambda it: refresh(it.api, it.application, "a.b.c"), 10017),
    "a refresh token of an unknown key": (lambda it: refresh_of(it, {"kid": "A" * 25}), 10017),
    "a refresh token from the future": (lambda it: refresh_of(it, iat=NOW + 60), 10012),
    "an expired refresh token": (lambda it: refresh_of(it, exp=NOW - 1), 10011),
    "a revoked refresh token": (revoked_refresh, 10013),
    "a refresh token that never was": (lambda it: refresh_of(it, jti=UNKNOWN), 10013),
    "a refresh token of nobody": (lambda it: refresh_of(it, sub=None), 10013),
    "a refresh token of another application": (refresh_elsewhere, 10014),
    "an access token as a refresh token": (
        lambda it: refresh(it.api, it.application, it.granted()["access_token"]),
        10013,
    ),
    "a refresh token of a disabled account": (lambda it: it.refreshed(lambda: it.disable(it.ada)), 10010),
    "a refresh token of a disabled application": (
        lambda it: it.refreshed(lambda: it.disable(it.application)),
        10015,
    ),
    "a refresh token of an account in no store": (lambda it: it.refreshed(it.leave_stores), 10016),
    "a refresh token of a disabled directory": (
        lambda it: it.refreshed(lambda: it.disable(it.directory)),
        10016,
    ),
    "a refresh token of a deleted account": (
        lambda it: it.refreshed(it.delete_account),
        10013,
    ),
    "an assertion used before": (reused_assertion, 11005),
}

INVALID_CLIENT: dict[str, Callable[[Place], Answer]] = {
    "an unknown key": lambda it: it.by_key(id="A" * 25),
    "a text that is no key": lambda it: it.by_key(id="\u00e9' OR 1=1"),
    "a wrong secret": lambda it: it.by_key(secret="wrong"),
    "the secret of another key": lambda it: it.by_key(secret=it.api.api_key(it.ada)["secret"]),
    "the secret in other letters": lambda it: it.by_key(secret="\u00e9" * 43),
    "a disabled key": lambda it: key_of(it, "disabled"),
    "a deleted key": lambda it: key_of(it, "deleted"),
    "a key of a disabled account": lambda it: key_of(it, "account"),
    "a key of an account in no store": lambda it: key_of(it, "store"),
    "a key of an account in a disabled directory": lambda it: key_of(it, "directory"),
}


def test_invalid_requests(place: Place):
    for about, (call, code) in INVALID_REQUEST.items():
        assert oauth_error(call(place)) == (400, "invalid_request", code), about
    for kind in ("accessTokens", "refreshTokens"):
        assert place.api.get(place.ada[kind]["href"])["size"] == 0


def test_invalid_grants(place: Place):
    for about, (call, code) in INVALID_GRANT.items():
        assert oauth_error(call(place)) == (400, "invalid_grant", code), about
        place.restore()
        assert place.password().status == 200, about


def test_invalid_clients(place: Place):
    for about, call in INVALID_CLIENT.items():
        answer = call(place)
        assert oauth_error(answer) == (401, "invalid_client", 401), about
        # The caller's own credentials are right: these are in the form (RFC 6749, 5.2).
        assert answer["message"] == "The client credentials are wrong."
        place.restore()
    assert place.by_key().status == 200


def test_an_assertion_of_no_login_is_unauthorized(place: Place):
    assert oauth_error(place.exchanged(status="REGISTERED")) == (401, "invalid_grant", 12002)


def test_earlier_refresh_tokens_are_honoured_when_they_are_switched_off(place: Place):
    def switch_off() -> None:
        place.api.post(place.application["oAuthPolicy"]["href"], {"refreshTokenTtl": "PT0S"})

    assert place.refreshed(switch_off).ok["refresh_token"]


def test_an_error_tells_no_secret(place: Place):
    secret = "Correct-horse-Battery1"
    for answer in (
        place.password(password=secret),
        place.by_key(secret=secret),
        refresh(place.api, place.application, secret),
        exchange(place.api, place.application, secret),
    ):
        assert answer.status in (400, 401)
        assert secret.encode() not in answer.raw


def test_tokens_of_another_tenant_are_refused(place: Place, stranger: Api):
    others, directory = stranger.application_with_directory()
    account = stranger.account(directory)
    key = stranger.api_key(account)
    theirs = log_in(stranger, others)

    for answer, error in (
        (refresh(place.api, place.application, theirs["refresh_token"]), (400, "invalid_grant", 10017)),
        (client_credentials(place.api, place.application, key), (401, "invalid_client", 401)),
        (place.password(accountStore=directory["href"]), (400, "invalid_request", 2016)),
        (
            exchange(place.api, place.application, assertion(stranger, others, account, CLOCK.now / 1000)),
            (400, "invalid_grant", 10017),
        ),
    ):
        assert oauth_error(answer) == error
    # A revocation does nothing, and says so in no way.
    assert revoke(place.api, place.application, theirs["refresh_token"]).status == 200
    assert refresh(stranger, others, theirs["refresh_token"]).status == 200
    assert claims_of(theirs["access_token"])["jti"] == id_of({"href": theirs["stormpath_access_token_href"]})
