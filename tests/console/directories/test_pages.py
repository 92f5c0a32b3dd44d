"""The pages of one directory: its details, its provider, its agent, its policies."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from console.visitor import PASSWORD, Visitor, forget_the_password
from service.calls import Api, Json, id_of, path_of
from service.provider_bodies import mirror
from stormpath.server.app import Service
from stormpath.server.security.certificates import new_signing_pair


def expanded(api: Api, directory: Json, link: str) -> Json:
    return api.get(directory[link]["href"]).ok


def strength_of(api: Api, directory: Json) -> Json:
    return api.get(expanded(api, directory, "passwordPolicy")["strength"]["href"]).ok


def mapping_rules_of(api: Api, directory: Json) -> Json:
    provider = expanded(api, directory, "provider")
    name = next(each for each in provider if each.endswith("MappingRules"))
    return expanded(api, provider, name)


# The list


def test_the_list_has_the_types_and_the_statuses_of_agents(admin: Visitor, api: Api):
    api.directory("People")
    mirror(api, "ldap")
    mirror(api, "amazon")

    page = admin.open("/directories", orderBy="name")

    assert "Agent Status" in page.text
    assert "Mirror of ldap LDAP Offline" in page.text.replace("Set ", "").replace("Enabled Disabled ", "")
    assert "OAuth 2.0 (amazon)" in page.text


def test_the_list_is_exported_with_the_types(admin: Visitor, api: Api):
    mirror(api, "ad")

    rows = admin.open("/export/directories").raw.decode("utf-8-sig").splitlines()

    head = rows[0].split(",")
    row = next(each for each in rows if each.startswith("Mirror of ad")).split(",")
    assert row[head.index("Type")] == "Active Directory"
    assert row[head.index("Agent Status")] == "OFFLINE"


# Details


def test_the_details_of_a_cloud_directory_have_its_password_policy(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory))

    admin.submit("Update", {"strength.minLength": "10", "strength.minDiacritic": "true"})

    assert "Saved." in admin.page.text
    found = strength_of(api, directory)
    assert (found["minLength"], found["minDiacritic"], found["minLowerCase"]) == (10, 1, 1)


def test_a_switch_of_mandatory_characters_keeps_how_many_there_must_be(admin: Visitor, api: Api):
    directory = api.directory("People")
    api.post(strength_of(api, directory)["href"], {"minNumeric": 3}).ok  # Fails unless granted.
    admin.open(path_of(directory))
    assert "012 (at least 3)" in admin.page.text

    admin.submit("Update", {"strength.minSymbol": "true"})
    assert strength_of(api, directory)["minNumeric"] == 3
    admin.submit("Update", {"strength.minNumeric": None, "strength.minLength": "9"})

    assert strength_of(api, directory)["minNumeric"] == 3
    admin.open(path_of(directory))
    admin.submit("Update", {"strength.minNumeric": "false"})
    assert strength_of(api, directory)["minNumeric"] == 0


def test_a_password_policy_that_is_refused_says_so_beside_its_field(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory))

    page = admin.submit("Update", {"strength.maxLength": "7", "strength.minSymbol": "true"})

    form = page.html.form("Update")
    assert page.status == 400
    assert form.attributes["strength.maxLength"]["aria-invalid"] == "true"
    assert (form.value("strength.maxLength"), form.value("strength.minSymbol")) == ("7", "true")
    assert strength_of(api, directory)["minSymbol"] == 0


def test_a_mirror_has_no_password_policy_and_creates_no_accounts(admin: Visitor, api: Api):
    directory = mirror(api, "ldap")

    assert "Password Strength Policy" not in admin.open(path_of(directory)).text
    for items in ("accounts", "groups"):
        page = admin.open(path_of(directory, items))
        assert not [text for text, _ in page.html.links if text.startswith("Create")], items


def test_the_administrators_policies_are_shown_and_cannot_be_changed(admin: Visitor, api: Api):
    directory = api.get("/directories", name="Stormpath Administrators").items[0]

    for path in (path_of(directory), path_of(expanded(api, directory, "accountCreationPolicy"))):
        page = admin.open(path)
        assert "its policies and workflows are fixed" in page.text
        assert "Update" not in [text for form in page.html.forms for text, _ in form.buttons]


def test_a_directory_that_no_application_uses_says_where_that_is_changed(admin: Visitor, api: Api):
    directory = api.directory("People")

    page = admin.open(path_of(directory, "applications"))
    assert "there are no applications associated with this directory" in page.text
    api.mapping(api.application("Atlas"), directory)

    page = admin.open(path_of(directory, "applications"))
    assert "no applications" not in page.text
    assert "Atlas" in page.text


# Provider


def test_the_settings_of_a_provider_are_changed_and_an_empty_secret_stays(admin: Visitor, api: Api):
    directory = mirror(api, "google")
    admin.open(path_of(directory))
    admin.follow("Provider Configuration")

    admin.submit("Save", {"clientId": "another", "scope": "openid\nemail"})

    provider = expanded(api, directory, "provider")
    assert (provider["clientId"], provider["scope"]) == ("another", ["openid", "email"])
    assert provider["clientSecret"] == "the client's secret"
    admin.submit("Save", {"clientSecret": "a new one"})
    assert expanded(api, directory, "provider")["clientSecret"] == "a new one"


def test_a_client_secret_is_shown_after_the_password_alone(service: Service, admin: Visitor, api: Api):
    secret = "the client's secret"
    admin.open(path_of(mirror(api, "github"), "provider"))
    forget_the_password(service, admin)
    assert secret not in admin.follow("Show the client secret").text

    page = admin.submit("Show the client secret", {"password_again": "not-it"})
    assert (page.status, secret in page.text) == (400, False)
    page = admin.submit("Show the client secret", {"password_again": PASSWORD})

    assert secret in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", ["github", "saml"])
def test_attribute_mappings_are_rows(admin: Visitor, api: Api, kind: str):
    directory = mirror(api, kind)
    admin.open(path_of(directory))
    admin.follow("Attribute Mappings")

    admin.submit("Add a row", {"name": "mail", "attributes": "email, customData.address"})
    admin.submit(
        "Save", {"name": ["mail", "first"], "attributes": ["email, customData.address", "givenName"]}
    )

    items = mapping_rules_of(api, directory)["items"]
    assert [(each["name"], each["accountAttributes"]) for each in items] == [
        ("mail", ["email", "customData.address"]),
        ("first", ["givenName"]),
    ]
    form = admin.page.html.form("Add a row")
    pressed = next(each for _, each in form.buttons if each.get("value") == "0" and each["name"] == "remove")
    assert pressed["aria-label"] == "Remove row 1"
    admin.page = admin.post(form.action, [*form.fields, ("remove", "0")])
    assert len(mapping_rules_of(api, directory)["items"]) == 2
    admin.submit("Save")
    assert [each["name"] for each in mapping_rules_of(api, directory)["items"]] == ["first"]


def test_a_mapping_to_what_no_account_has_is_refused_and_stays_in_its_row(admin: Visitor, api: Api):
    directory = mirror(api, "github")
    admin.open(path_of(directory, "provider", "mappings"))

    page = admin.submit("Save", {"name": "id", "attributes": "password"})

    assert page.status == 400
    assert "not an attribute that can be mapped to" in page.text
    assert page.html.form("Add a row").value("name") == ""  # Of the empty row, which comes last.
    assert ("attributes", "password") in page.html.form("Add a row").fields


# SAML


def certificate(days_before: int) -> str:
    """Return a certificate that was made so many days ago: it is valid for 20 years."""
    begun = datetime.now(UTC) - timedelta(days=days_before)
    der = base64.b64decode(new_signing_pair("idp.example.com", begun).certificate)
    return load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def test_a_certificate_is_shown_with_its_end(admin: Visitor, api: Api):
    directory = mirror(api, "saml")
    provider = directory["provider"]["href"]
    shown = {}

    for days_before in (10, 20 * 365 - 5, 20 * 365 + 5):
        api.post(provider, {"encodedX509SigningCert": certificate(days_before)}).ok  # Fails unless granted.
        page = admin.open(path_of(directory, "provider"))
        ends = datetime.now(UTC) + timedelta(days=20 * 365 - days_before)
        assert f"{ends:%Y-%m-%d}" in page.text
        shown[days_before] = [each for each in ("Expires soon", "Expired") if each in page.text]

    assert list(shown.values()) == [[], ["Expires soon"], ["Expired"]]


def test_what_the_identity_provider_needs_is_on_one_page(admin: Visitor, api: Api):
    directory = mirror(api, "saml")
    admin.open(path_of(directory))

    page = admin.follow("Identity Provider")

    assert f"{directory['href']}/saml/sso/post" in page.text
    assert (
        api.get(page.html.link(f"{api.base_url}/samlServiceProviderMetadatas/{id_of(directory)}")).status
        == 200
    )
    assert admin.follow("Download").headers["content-type"] == "application/pkix-cert"


def test_a_default_relay_state_is_for_an_application_and_its_callback(admin: Visitor, api: Api):
    directory = mirror(api, "saml")
    callback = "https://app.example.com/back"
    api.mapping(api.application("Atlas", authorizedCallbackUris=[callback]), directory)
    admin.open(path_of(directory))
    admin.follow("Generate Default Relay State")

    page = admin.submit("Generate", {"callbackUri": "https://evil.example.com"})
    assert (page.status, page.html.form("Generate").value("callbackUri")) == (400, "https://evil.example.com")
    page = admin.submit("Generate", {"callbackUri": callback})

    assert "Default relay state" in page.text
    assert page.text.partition("Default relay state")[2].split()[0].count(".") == 2


def test_the_configuration_test_looks_at_the_settings(admin: Visitor, api: Api):
    directory = mirror(api, "saml")
    application = api.application("Atlas")
    api.mapping(application, directory)
    api.post(
        expanded(api, directory, "provider")["href"], {"ssoLoginUrl": "http://idp.example.com"}
    ).ok  # Fails unless granted.
    admin.open(path_of(directory, "saml", "test"))

    page = admin.submit("Start Test", {"application": id_of(application)})

    assert "no logins by it yet" in page.text
    assert "Wrong: http://idp.example.com has no TLS" in page.text
    assert "Right: The signing certificate is valid until" in page.text
    assert "Wrong: The application Atlas has no authorized callback URI" in page.text


def test_a_directory_has_the_pages_of_its_type_alone(admin: Visitor, api: Api):
    directory = api.directory("People")
    suffixes = ("saml", "saml/relayState", "saml/test", "provider/mappings", "provider/secret", "agent")
    assert {admin.open(path_of(directory, each)).status for each in suffixes} == {404}


# Agents


def test_agents_are_listed_by_their_directories_with_what_the_status_means(admin: Visitor, api: Api):
    directory = mirror(api, "ldap")
    api.post(directory["href"], {"description": "The server in Berlin"}).ok  # Fails unless granted.

    page = admin.open("/agents")
    assert "The server in Berlin" in page.text
    assert "The service hears nothing from the agent." in page.text
    page = admin.follow("Mirror of ldap")

    assert page.html.form("Update").value("config.directoryHost") == "ldap.example.com"


def test_the_settings_of_an_agent_are_changed_by_its_tab_and_by_its_page(admin: Visitor, api: Api):
    directory = mirror(api, "ad")
    agent = expanded(api, expanded(api, directory, "provider"), "agent")
    admin.open(path_of(directory))
    admin.follow("Agent Configuration")

    admin.submit("Update", {"config.pollInterval": "15", "config.groupConfig.membersRdn": "member"})
    admin.open(path_of(agent))
    admin.submit("Update", {"config.baseDn": "o=acme", "config.accountConfig.objectFilter": "(uid=*)"})

    config = api.get(agent["href"]).ok["config"]
    assert (config["pollInterval"], config["baseDn"]) == (15, "o=acme")
    assert config["groupConfig"]["membersRdn"] == "member"
    assert config["accountConfig"]["objectFilter"] == "(uid=*)"
    assert config["directoryHost"] == "ldap.example.com"


def test_settings_of_an_agent_that_are_refused_are_told_beside_their_field(admin: Visitor, api: Api):
    directory = mirror(api, "ldap")
    admin.open(path_of(directory, "agent"))

    page = admin.submit("Update", {"config.directoryPort": "0", "config.groupConfig.objectClass": ""})

    wrong = [name for name, each in page.html.form("Update").attributes.items() if "aria-invalid" in each]
    assert page.status == 400
    assert wrong in (["config.directoryPort"], ["config.groupConfig.objectClass"])


def test_the_page_of_a_mirror_says_how_its_agent_is_installed(admin: Visitor, api: Api):
    directory = mirror(api, "ldap")
    agent = expanded(api, expanded(api, directory, "provider"), "agent")
    admin.open(path_of(directory))

    page = admin.follow("Download Agent")

    assert f"agent.id = {id_of(agent)}" in page.text
    assert f"agent.serviceUrl = {api.base_url}" in page.text
    assert "stormpath agent check agent.properties" in page.text
    assert "stormpath agent run agent.properties" in page.text


def test_a_mirror_without_an_agent_has_no_page_of_one(admin: Visitor, api: Api):
    directory = mirror(api, "ldap")
    assert api.delete(expanded(api, directory, "provider")["agent"]["href"]).status == 204

    page = admin.open(path_of(directory))

    assert "Agent Configuration" not in [text for text, _ in page.html.links]
    assert admin.open(path_of(directory, "agent")).status == 404


# Policies


def test_domains_of_new_addresses_are_allowed_and_denied(admin: Visitor, api: Api):
    directory = api.directory("People")
    admin.open(path_of(directory))
    admin.follow("Account Creation Policy")

    admin.submit(
        "Save", {"emailDomainWhitelist": "*.example.com\nexample.com", "emailDomainBlacklist": "x.org"}
    )

    policy = expanded(api, directory, "accountCreationPolicy")
    assert policy["emailDomainWhitelist"] == ["*.example.com", "example.com"]
    assert policy["emailDomainBlacklist"] == ["x.org"]
    assert policy["verificationEmailStatus"] == "DISABLED"


def test_a_directory_says_what_new_accounts_must_have(admin: Visitor, api: Api):
    directory = api.directory("People")
    fields = api.get(f"{expanded(api, directory, 'accountSchema')['href']}/fields").items
    surname = next(each for each in fields if each["name"] == "surname")
    admin.open(path_of(directory))
    admin.follow("Schema")

    admin.submit("Save", {f"required.{id_of(surname)}": "true"})

    stored = api.get(f"{expanded(api, directory, 'accountSchema')['href']}/fields").items
    assert {each["name"]: each["required"] for each in stored} == {"givenName": False, "surname": True}
