"""Origins that may call: of applications, and of the pages of a tenant (rest-core 5.2, 5.23)."""

import pytest

from service.calls import Api, Json
from service.tenant_setup import context_of
from stormpath.server.app import Service

NAME = "authorizedOriginUris"


@pytest.fixture(params=["application", "ID Site"])
def place(request: pytest.FixtureRequest, api: Api) -> Json:
    """A resource with a list of origins."""
    return api.application() if request.param == "application" else api.get(f"{api.tenant}/idSites").items[0]


@pytest.mark.parametrize(
    "origin",
    [
        "someorigin.com",
        "",
        "*",
        "null",
        "//a.com",
        "https://",
        "https://a.com/path",
        "https://a.com?x",
        "https://a b",
    ],
)
def test_what_is_no_origin_is_refused(api: Api, place: Json, origin: str):
    answer = api.post(place["href"], {NAME: ["https://good.example", origin]})

    assert answer.error == (400, 2002)
    assert answer["message"].endswith("It is not a valid origin.")
    assert api.get(place["href"]).ok == place


def test_an_application_is_not_created_with_what_is_no_origin(api: Api):
    assert api.post("/applications", {"name": "Atlas", NAME: ["someorigin.com"]}).error == (400, 2002)
    assert "Atlas" not in [each["name"] for each in api.get("/applications").items]


def test_origins_have_a_scheme_a_host_and_perhaps_a_port(api: Api, place: Json):
    origins = [
        "https://app.example.com",
        "http://localhost:3000",
        "HTTPS://127.0.0.1:8443",
        "http://[::1]:8080",
        "https://*.example.com",
        "https://bücher.example",
        "https://my_host",
        "capacitor://localhost",
        "https://app.example.com/",
    ]

    assert api.post(place["href"], {NAME: origins}).ok[NAME] == origins


def test_origins_that_were_stored_before_can_be_sent_back(service: Service, api: Api):
    application = api.application()
    with context_of(service, api.tenant_id).write() as unit:
        id = application["href"].rpartition("/")[2]
        unit.update("application", id, {"authorized_origin_uris": ["someorigin.com"]})
    old = api.get(application["href"]).ok

    assert api.post(old["href"], old).ok == old
    assert api.post(old["href"], {NAME: ["someorigin.com", "https://new.example"]}).status == 200
    assert api.post(old["href"], {NAME: ["otherorigin.com"]}).error == (400, 2002)


def test_callback_uris_need_not_be_origins(api: Api):
    uris = ["https://app.example.com/back?x=1", "https://*.example.com/back", "app:back"]

    assert api.post(api.application()["href"], {"authorizedCallbackUris": uris}).status == 200
