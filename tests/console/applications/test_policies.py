"""The policies, the client API and the ID site: forms that follow from the declarations."""

from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of


def linked(api: Api, owner: Json, name: str) -> Json:
    return api.get(api.get(owner["href"]).ok[name]["href"]).ok


def save(admin: Visitor, section: str, values: Json, button: str = "Save") -> None:
    """Save the form of one of the policies."""
    form = next(each for each in admin.page.html.forms if dict(each.fields).get("section") == section)
    admin.send(form, button, values)


def test_each_policy_of_an_application_is_saved_by_itself(admin: Visitor, api: Api):
    application = api.application()
    admin.open(path_of(application))
    admin.follow("Policies")
    for text in ("Account Linking", "OAuth Token URL", "SAML SSO Initiation Endpoint"):
        assert text in admin.page.text

    linking = {"status": "ENABLED", "automaticProvisioning": "ENABLED", "matchingProperty": "email"}
    save(
        admin,
        "accountLinkingPolicy",
        {f"accountLinkingPolicy.{name}": each for name, each in linking.items()},
    )

    assert "Saved." in admin.page.text
    stored = linked(api, application, "accountLinkingPolicy")
    assert {name: stored[name] for name in linking} == linking
    assert linked(api, application, "oAuthPolicy")["accessTokenTtl"] == "PT1H"


def test_lifetimes_are_shown_and_typed_in_words(admin: Visitor, api: Api):
    application = api.application()
    admin.open(path_of(application, "policies"))
    form = next(each for each in admin.page.html.forms if dict(each.fields).get("section") == "oAuthPolicy")
    assert form.value("oAuthPolicy.refreshTokenTtl") == "60 days"
    assert "P60D" in admin.page.text

    typed = {"oAuthPolicy.accessTokenTtl": "1 hour 30 minutes", "oAuthPolicy.refreshTokenTtl": "P7D"}
    save(admin, "oAuthPolicy", typed)

    stored = linked(api, application, "oAuthPolicy")
    assert (stored["accessTokenTtl"], stored["refreshTokenTtl"]) == ("PT1H30M", "P7D")


def test_a_lifetime_that_is_none_stands_beside_its_field(admin: Visitor, api: Api):
    application = api.application()
    admin.open(path_of(application, "policies"))

    save(admin, "oAuthPolicy", {"oAuthPolicy.accessTokenTtl": "a while"})

    assert admin.page.status == 400
    form = next(each for each in admin.page.html.forms if dict(each.fields).get("section") == "oAuthPolicy")
    assert form.value("oAuthPolicy.accessTokenTtl") == "a while"
    assert form.attributes["oAuthPolicy.accessTokenTtl"]["aria-invalid"] == "true"


def test_an_organization_has_its_linking_policy(admin: Visitor, api: Api):
    organization = api.organization()
    admin.open(path_of(organization))
    admin.follow("Policies")

    admin.submit("Save", {"accountLinkingPolicy.status": "ENABLED"})

    assert linked(api, organization, "accountLinkingPolicy")["status"] == "ENABLED"


def test_endpoints_of_the_client_api_are_switched_or_inherit(admin: Visitor, api: Api):
    application = api.application()
    admin.open(path_of(application))
    admin.follow("Client API")
    form = admin.page.html.form("Save")
    assert form.value("webConfig.verifyEmail.enabled") == ""

    switches = {
        "webConfig.login.enabled": "false",
        "webConfig.verifyEmail.enabled": "true",
        "webConfig.forgotPassword.enabled": "false",
        "webConfig.me.expand.groups": "true",
        "webConfig.dnsLabel": f"label-{id_of(application)[-8:].lower()}",
    }
    admin.submit("Save", switches)

    stored = linked(api, application, "webConfig")
    assert stored["login"] == {"enabled": False}
    assert stored["register"] == {"enabled": True}
    assert [stored[each]["enabled"] for each in ("verifyEmail", "forgotPassword", "changePassword")] == [
        True,
        False,
        None,
    ]
    assert stored["me"]["expand"]["groups"] is True
    assert stored["dnsLabel"] == switches["webConfig.dnsLabel"]

    admin.submit("Save", {"webConfig.verifyEmail.enabled": ""})
    assert linked(api, application, "webConfig")["verifyEmail"]["enabled"] is None


def test_the_signing_key_is_an_administrators(admin: Visitor, api: Api):
    application, directory = api.application_with_directory()
    path = path_of(application, "clientApi")
    admin.open(path)
    assert admin.page.html.form("Save").value("webConfig.signingApiKey") == api.key_id

    other = api.api_key(api.account(directory))
    page = admin.submit("Save", {"webConfig.signingApiKey": other["id"]})
    assert page.status == 400
    assert page.html.form("Save").attributes["webConfig.signingApiKey"]["aria-invalid"] == "true"

    admin.open(path)
    admin.submit("Save", {"webConfig.signingApiKey": ""})
    assert linked(api, application, "webConfig")["signingApiKey"] is None
    admin.submit("Save", {"webConfig.signingApiKey": api.key_id})
    assert linked(api, application, "webConfig")["signingApiKey"]["href"].endswith(f"/apiKeys/{api.key_id}")


def test_the_tab_leads_to_the_one_id_site_of_the_tenant(admin: Visitor, api: Api):
    site = api.get(f"{api.tenant}/idSites").items[0]
    admin.open("/")

    page = admin.follow("ID Site")
    assert page.path == path_of(site)
    for text in ("Domain Name", "SSL Public Certificate / Chain", "SSL Private Key", "Session Idle Time"):
        assert text in page.text
    admin.submit(
        "Save",
        {
            "authorizedRedirectUris": "https://a.example.com/in\r\nhttps://b.example.com/in",
            "logoUrl": "https://a.example.com/logo.png",
            "sessionTti": "15 minutes",
            "sessionCookiePersistent": "true",
        },
    )

    stored = api.get(site["href"]).ok
    assert stored["authorizedRedirectUris"] == ["https://a.example.com/in", "https://b.example.com/in"]
    assert stored["logoUrl"] == "https://a.example.com/logo.png"
    assert (stored["sessionTti"], stored["sessionCookiePersistent"]) == ("PT15M", True)


def test_a_private_key_is_stored_and_not_shown_again(admin: Visitor, api: Api):
    site = api.get(f"{api.tenant}/idSites").items[0]
    admin.open(path_of(site))

    page = admin.submit("Save", {"tlsPrivateKey": "-----BEGIN KEY-----\r\nabc"})

    assert "BEGIN KEY" not in page.raw.decode()
    assert api.get(site["href"]).ok["tlsPrivateKey"] == "-----BEGIN KEY-----\nabc"
    admin.submit("Save", {"logoUrl": "https://a.example.com/logo.png"})
    assert api.get(site["href"]).ok["tlsPrivateKey"] == "-----BEGIN KEY-----\nabc"
