"""Authentication of requests, with a key store in memory."""

from collections.abc import Callable
from typing import Any

import pytest

from service.calls import basic
from stormpath import sauthc1
from stormpath.server.domain.api_keys import StoredKey
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.encryption import SecretBox
from stormpath.server.security.request_auth import Authenticator, Caller, SignedRequest, raw_path

NOW = 1_487_147_445_000
BOX = SecretBox(bytes(32))
HEADERS = {"Accept": "application/json"}


class Keys:
    """A key store in memory that counts its lookups."""

    def __init__(self) -> None:
        self.stored = {"KEY": StoredKey("KEY", "tenant", "account", BOX.seal("the secret", "KEY"))}
        self.asked = 0
        self.remembered: dict[tuple[str, str], int] = {}

    def find(self, key_id: str) -> StoredKey | None:
        self.asked += 1
        return self.stored.get(key_id)

    def remember(self, purpose: str, value: str, dated: int, now: int) -> bool:
        return self.remembered.setdefault((purpose, value), dated) is dated


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def monotonic() -> list[float]:
    return [5.0]


@pytest.fixture
def authenticator(keys: Keys, clock: list[int], monotonic: list[float]) -> Authenticator:
    return Authenticator(
        keys,
        keys,
        BOX,
        lambda: clock[0],
        signature_window=900,
        key_cache=1.0,
        monotonic=lambda: monotonic[0],
    )


def unread() -> SignedRequest:
    raise AssertionError("the request is not looked at")


def signed(
    secret: str = "the secret", key_id: str = "KEY", nonce: str = "n-1", at: int = NOW
) -> tuple[str, Callable[[], SignedRequest]]:
    added = sauthc1.sign(
        "GET",
        "http://localhost:8080/v1/x?a=b",
        HEADERS.items(),
        b"",
        key_id=key_id,
        secret=secret,
        timestamp=sauthc1.timestamp_at(at / 1000),
        nonce=nonce,
    )
    headers = {name.lower(): value for name, value in {**HEADERS, **added}.items()}
    return added["Authorization"], lambda: SignedRequest("GET", "/v1/x", "a=b", headers, lambda: b"")


def error_of(authenticator: Authenticator, authorization: str | None, request: Any = unread) -> ApiError:
    with pytest.raises(ApiError) as found:
        authenticator.authenticate(authorization, request)
    assert found.value.code == Code.UNAUTHENTICATED
    return found.value


class TestBasic:
    def test_the_caller_is_the_owner_of_the_key(self, authenticator: Authenticator):
        caller = authenticator.authenticate(basic("KEY", "the secret")["Authorization"], unread)

        assert (caller.tenant_id, caller.key_id, caller.account_id) == ("tenant", "KEY", "account")

    def test_every_cause_of_failure_has_the_same_error(self, authenticator: Authenticator):
        told = {
            (each.message, each.developer_message)
            for each in (
                error_of(authenticator, None),
                error_of(authenticator, ""),
                error_of(authenticator, "Basic ???"),
                error_of(authenticator, "Digest x"),
                error_of(authenticator, basic("KEY", "wrong")["Authorization"]),
                error_of(authenticator, basic("NOBODY", "the secret")["Authorization"]),
                error_of(authenticator, "SAuthc1 nonsense", signed()[1]),
                error_of(authenticator, *signed(secret="wrong")),
                error_of(authenticator, *signed(key_id="NOBODY")),
                error_of(authenticator, *signed(at=NOW - 901_000)),
            )
        }

        assert len(told) == 1


class TestSignatures:
    def test_a_signature_is_accepted_once(self, authenticator: Authenticator, keys: Keys):
        assert authenticator.authenticate(*signed()).key_id == "KEY"
        error_of(authenticator, *signed())

        assert authenticator.authenticate(*signed(nonce="n-2")).key_id == "KEY"
        # By the date that was signed, whatever the clock says.
        assert keys.remembered == {("sauthc1", "KEY/n-1"): NOW, ("sauthc1", "KEY/n-2"): NOW}

    def test_an_invalid_signature_spends_no_nonce(self, authenticator: Authenticator, keys: Keys):
        error_of(authenticator, *signed(secret="wrong"))
        error_of(authenticator, *signed(key_id="NOBODY"))

        assert keys.remembered == {}

    @pytest.mark.parametrize("age", [-900, 0, 900])
    def test_a_date_may_be_as_far_ahead_as_behind(self, authenticator: Authenticator, age: int):
        assert authenticator.authenticate(*signed(at=NOW - age * 1000))

    def test_an_unknown_key_costs_a_digest_too(
        self, authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch
    ):
        verified: list[str] = []
        monkeypatch.setattr(sauthc1, "verify", lambda header, secret, *_, **__: verified.append(secret))

        error_of(authenticator, *signed(key_id="NOBODY"))

        assert len(verified) == 1


class TestCache:
    CREDENTIALS = basic("KEY", "the secret")["Authorization"]

    def test_a_key_is_looked_up_once_a_second(
        self, authenticator: Authenticator, keys: Keys, monotonic: list[float]
    ):
        for _ in range(3):
            authenticator.authenticate(self.CREDENTIALS, unread)
        assert keys.asked == 1

        monotonic[0] += 1.0
        authenticator.authenticate(self.CREDENTIALS, unread)
        assert keys.asked == 2

    def test_a_deleted_key_stops_working_when_the_cache_is_emptied_or_after_a_second(
        self, authenticator: Authenticator, keys: Keys, monotonic: list[float]
    ):
        authenticator.authenticate(self.CREDENTIALS, unread)
        gone = keys.stored.pop("KEY")
        authenticator.authenticate(self.CREDENTIALS, unread)

        authenticator.forget()
        error_of(authenticator, self.CREDENTIALS)

        keys.stored["KEY"] = gone
        authenticator.authenticate(self.CREDENTIALS, unread)
        keys.stored.clear()
        monotonic[0] += 1.0
        error_of(authenticator, self.CREDENTIALS)

    def test_a_key_read_before_a_change_is_not_cached_after_it(
        self, authenticator: Authenticator, keys: Keys, monkeypatch: pytest.MonkeyPatch
    ):
        found = keys.stored["KEY"]

        def find(key_id: str) -> StoredKey | None:
            # Another thread deletes the key while this one holds what it has read.
            keys.stored.clear()
            authenticator.forget()
            return found

        with monkeypatch.context() as slow:
            slow.setattr(keys, "find", find)
            authenticator.authenticate(self.CREDENTIALS, unread)

        error_of(authenticator, self.CREDENTIALS)

    def test_a_text_that_cannot_be_a_key_id_is_not_looked_up(self, authenticator: Authenticator, keys: Keys):
        for key_id in ("", "\x00", "a b", "ключ", "' OR 1"):
            error_of(authenticator, basic(key_id, "x")["Authorization"])

        assert keys.asked == 0


def test_a_caller_does_not_print_its_secret():
    assert "the secret" not in repr(Caller("tenant", "KEY", "account", "the secret"))
    assert "sealed" not in repr(StoredKey("KEY", "tenant", "account", b"sealed"))


@pytest.mark.parametrize(
    ("decoded", "raw"),
    [("/v1/a b", "/v1/a%20b"), ("/v1/\xc3\xbc", "/v1/%C3%BC"), ("/v1/a~:@;=", "/v1/a~:@;=")],
)
def test_a_decoded_path_is_encoded_again(decoded: str, raw: str):
    assert raw_path(decoded) == raw
