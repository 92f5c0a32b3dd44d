"""The ID Site of a tenant (rest-core 5.23, rest-auth 7.7)."""

import pytest

from service.calls import Api, Json, id_of
from stormpath.server.app import Service

PEM = "-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def site(api: Api) -> Json:
    (site,) = api.get(f"{api.tenant}/idSites").items
    return site


def test_a_tenant_has_one_id_site_with_the_documented_defaults(api: Api, site: Json):
    tenant = api.get(api.tenant).ok

    assert tenant["idSites"] == {"href": f"{api.tenant}/idSites"}
    assert api.get(api.tenant, expand="idSites")["idSites"]["items"] == [site]
    assert api.get(site["href"]).ok == site
    assert site == {
        "href": f"{api.base_url}/idSites/{id_of(site)}",
        "createdAt": tenant["createdAt"],
        "modifiedAt": tenant["createdAt"],
        "domainName": f"{tenant['key']}.id.localhost",
        "tlsPublicCert": "",
        "tlsPrivateKey": "",
        "gitRepoUrl": None,
        "gitBranch": "master",
        "authorizedOriginUris": [],
        "authorizedRedirectUris": [],
        "logoUrl": None,
        "sessionTti": "PT30M",
        "sessionTtl": "PT8H",
        "sessionCookiePersistent": False,
        "tenant": {"href": api.tenant},
    }


def test_everything_writable_can_be_changed(api: Api, site: Json):
    given = {
        "domainName": "login.example.com",
        "tlsPublicCert": "-----BEGIN CERTIFICATE-----\n" + "x" * 5000,
        "gitRepoUrl": "https://git.example.com/pages",
        "gitBranch": "main",
        "authorizedOriginUris": ["https://example.com"],
        "authorizedRedirectUris": ["https://example.com/back", "https://example.com/*"],
        "logoUrl": "https://example.com/logo.png",
        "sessionTti": "PT5M",
        "sessionTtl": "P1D",
        "sessionCookiePersistent": True,
    }

    changed = api.post(site["href"], given).ok

    assert changed == site | given | {"modifiedAt": changed["modifiedAt"]}
    assert api.get(site["href"]).ok == changed
    assert api.post(site["href"], changed).ok == changed


def test_a_domain_that_is_cleared_is_the_default_again(api: Api, site: Json):
    api.post(site["href"], {"domainName": "login.example.com"})

    assert api.post(site["href"], {"domainName": None}).ok["domainName"] == site["domainName"]


@pytest.mark.parametrize("start", ["authorizedOrigin", "authorizedRedirect"])
@pytest.mark.parametrize("end", ["Uris", "URIs", "URLs"])
def test_the_lists_are_accepted_under_three_spellings(api: Api, site: Json, start: str, end: str):
    uris = ["https://example.com"]

    changed = api.post(site["href"], {start + end: uris}).ok

    assert changed[f"{start}Uris"] == uris
    assert set(changed) == set(site)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sessionTti": "5 minutes"}, 2002),
        ({"sessionTtl": "PT0S"}, 2013),
        ({"sessionTtl": None}, 2000),
        ({"domainName": "https://example.com"}, 2006),
        ({"domainName": "-.example"}, 2006),
        ({"authorizedOriginUris": "https://example.com"}, 2004),
        ({"authorizedRedirectURLs": ["x" * 4001]}, 2008),
        ({"sessionCookiePersistent": "perhaps"}, 2004),
        ({"key": "mine"}, 2015),
    ],
)
def test_invalid_values_are_refused(api: Api, site: Json, body: Json, code: int):
    assert api.post(site["href"], body).error == (400, code)
    assert api.get(site["href"]).ok == site


def test_an_id_site_is_neither_created_nor_deleted(api: Api, site: Json):
    assert api.delete(site["href"]).error == (405, 1100)
    for path in ("/idSites", f"{api.tenant}/idSites"):
        assert api.post(path, {}).error == (405, 1100)
    assert api.get("/idSites").error == (405, 1100)


class TestTlsTexts:
    @pytest.mark.parametrize("name", ["tlsPrivateKey", "tlsPublicCert"])
    @pytest.mark.parametrize("text", [PEM, "  no PEM at all \n\n", " ", "x" * 65_536])
    def test_any_text_comes_back_as_it_was_given(self, api: Api, site: Json, name: str, text: str):
        changed = api.post(site["href"], {name: text}).ok

        assert changed[name] == text
        assert api.get(site["href"]).ok == changed
        assert api.post(site["href"], changed).ok == changed

    def test_an_answer_with_a_private_key_is_not_to_be_stored(self, api: Api, site: Json):
        assert "etag" in api.get(site["href"]).headers
        api.post(site["href"], {"tlsPrivateKey": PEM})

        headers = api.get(site["href"]).headers

        assert headers["cache-control"] == "no-store"
        assert "etag" not in headers

    def test_the_private_key_is_encrypted_in_the_database(self, service: Service, api: Api, site: Json):
        api.post(site["href"], {"tlsPrivateKey": PEM})

        table = service.database.tables.of["idSite"]
        with service.database.engine.connect() as connection:
            (stored,) = connection.execute(table.select().where(table.c.id == id_of(site))).all()
        assert stored.tls_private_key
        assert b"MII" not in stored.tls_private_key

    @pytest.mark.parametrize("nothing", ["", None])
    def test_an_empty_private_key_clears_it(self, api: Api, site: Json, nothing: str | None):
        api.post(site["href"], {"tlsPrivateKey": PEM})

        assert api.post(site["href"], {"tlsPrivateKey": nothing}).ok["tlsPrivateKey"] == ""
        assert "etag" in api.get(site["href"]).headers
