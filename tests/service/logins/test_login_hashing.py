"""The hashing cost of a login: one verification for any login, a new hash where the old one is outdated."""

from collections.abc import Iterator

import pytest

from service.calls import Api, Json, id_of
from stormpath.server import parts
from stormpath.server.app import Service, open_service
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.passwords import InsecureForTests


class Watched(InsecureForTests):
    """The tests' own scheme; it counts verifications. A later ``year`` makes all earlier hashes outdated."""

    def __init__(self) -> None:
        self.verified = 0
        self.year = "2020"

    def hash(self, password: str) -> str:
        return f"{super().hash(password)}#{self.year}"

    def verify(self, password: str, stored: str) -> bool:
        self.verified += 1
        return super().verify(password, stored.partition("#")[0])

    def is_outdated(self, stored: str) -> bool:
        return not stored.endswith(f"#{self.year}")


@pytest.fixture
def scheme(monkeypatch: pytest.MonkeyPatch) -> Watched:
    scheme = Watched()
    monkeypatch.setattr(parts, "scheme_named", lambda name: scheme)
    return scheme


@pytest.fixture
def service(scheme: Watched) -> Iterator[Service]:
    service = open_service("sqlite://")
    yield service
    service.close()


@pytest.fixture
def api(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


@pytest.fixture
def resources(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


def stored_hash(service: Service, resources: Json) -> str:
    with service.database.read(service.tenant_id) as unit:
        found = unit.logins.find(id_of(resources["application"]), "ada", None)
    assert found is not None
    return str(found.password_hash)


@pytest.mark.parametrize(("login", "code"), [("ada", 7100), ("nobody", 7104), ("", 7104)])
def test_a_wrong_password_and_an_unknown_login_cost_one_verification(
    api: Api, scheme: Watched, resources: Json, login: str, code: int
):
    before = scheme.verified

    assert api.log_in(resources["application"], login, "wrong").error == (400, code)

    assert scheme.verified == before + 1


def test_an_account_without_a_password_costs_one_verification(api: Api, scheme: Watched):
    (application,) = api.get("/applications", name="Stormpath").items
    before = scheme.verified

    assert api.log_in(application, "administrator", "x").error == (400, 7100)

    assert scheme.verified == before + 1


def test_an_outdated_hash_is_replaced_at_the_next_right_login(
    service: Service, api: Api, scheme: Watched, resources: Json
):
    scheme.year = "2026"

    assert api.log_in(resources["application"], "ada", "wrong").error == (400, 7100)
    assert stored_hash(service, resources).endswith("#2020")
    assert api.log_in(resources["application"], "ada").status == 200
    renewed = stored_hash(service, resources)
    assert renewed.endswith("#2026")

    assert api.log_in(resources["application"], "ada").status == 200
    assert stored_hash(service, resources) == renewed
    assert api.get(resources["account"]["href"]).ok == resources["account"]


def test_a_login_succeeds_when_no_slot_is_free_to_renew_its_hash(
    service: Service, api: Api, scheme: Watched, resources: Json, monkeypatch: pytest.MonkeyPatch
):
    def busy(password: str) -> str:
        raise ApiError(Code.UNAVAILABLE, "The service is busy.", retry_after=1)

    scheme.year = "2026"
    monkeypatch.setattr(scheme, "hash", busy)

    assert api.log_in(resources["application"], "ada").status == 200
    assert stored_hash(service, resources).endswith("#2020")


def test_a_login_that_is_refused_for_another_reason_renews_nothing(
    service: Service, api: Api, scheme: Watched, resources: Json
):
    api.post(resources["account"]["href"], {"status": "DISABLED"})
    scheme.year = "2026"

    assert api.log_in(resources["application"], "ada").error == (400, 7101)

    assert stored_hash(service, resources).endswith("#2020")


def test_nothing_is_hashed_for_a_request_that_is_refused_anyway(api: Api, scheme: Watched, resources: Json):
    taken = {"email": "ada@example.com", "password": "Changeme1!"}
    hashed: list[str] = []
    original = scheme.hash
    scheme.hash = lambda password: hashed.append(password) or original(password)  # type: ignore[assignment, func-returns-value]  # noted on the way

    assert api.post(resources["directory"]["accounts"]["href"], taken).error == (409, 2001)
    assert api.post(resources["directory"]["accounts"]["href"], taken | {"password": "weak"}).status == 409
    assert api.post(resources["account"]["href"], {"password": "weak"}).error == (400, 2007)

    assert hashed == []


def test_a_password_is_hashed_outside_the_transaction(api: Api, scheme: Watched, resources: Json):
    """Other requests write while a password is hashed, even in memory with its one connection."""
    statuses: list[int] = []
    original = scheme.hash

    def hash_and_write(password: str) -> str:
        statuses.append(api.post("/directories", {"name": f"During {len(statuses)}"}).status)
        return original(password)

    scheme.hash = hash_and_write  # type: ignore[method-assign]  # it does the same, and writes

    api.account(resources["directory"], "grace")
    api.post(resources["account"]["href"], {"password": "Another1one"})

    assert statuses == [201, 201]
