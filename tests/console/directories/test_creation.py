"""New directories: their types, what each asks for, and the wizard of mirrored ones."""

from console.visitor import Visitor
from service.calls import Api, Json
from service.provider_bodies import CERTIFICATE, mirror

HOST = {
    "config.directoryHost": "ldap.example.com",
    "config.agentUserDn": "cn=agent,dc=example,dc=com",
    "config.agentUserDnPassword": "s3cret-of-the-agent",
    "config.baseDn": "dc=example,dc=com",
}


def named(api: Api, name: str) -> Json:
    return api.get("/directories", name=name, expand="provider").items[0]


def strength_of(api: Api, directory: Json) -> Json:
    return api.get(f"{api.get(directory['passwordPolicy']['href']).ok['strength']['href']}").ok


def begin(admin: Visitor, kind: str) -> None:
    admin.open("/directories")
    admin.follow("Create Directory")
    admin.follow(kind)


def wizard_at_confirm(admin: Visitor, name: str = "Head Office", **service: str) -> None:
    begin(admin, "Mirror")
    admin.submit("Next", {"name": name, "description": "The server in Berlin"})
    admin.submit("Next", {**HOST, **service})
    admin.submit("Next")
    admin.submit("Next")


def test_a_cloud_directory_is_created_with_its_password_policy(admin: Visitor, api: Api):
    begin(admin, "Cloud")

    admin.submit(
        "Create",
        {
            "name": "People",
            "description": "All of them",
            "strength.minLength": "12",
            "strength.minNumeric": "false",
            "strength.minSymbol": "true",
        },
    )

    assert "People is created." in admin.page.text
    made = named(api, "People")
    assert (made["description"], made["status"]) == ("All of them", "ENABLED")
    found = strength_of(api, made)
    assert (found["minLength"], found["maxLength"]) == (12, 100)
    assert (found["minNumeric"], found["minSymbol"], found["minUpperCase"]) == (0, 1, 1)


def test_a_directory_whose_password_policy_is_refused_is_not_there(admin: Visitor, api: Api):
    begin(admin, "Cloud")

    page = admin.submit(
        "Create", {"name": "People", "strength.minLength": "101", "strength.minSymbol": "true"}
    )

    assert page.status == 400
    form = page.html.form("Create")
    assert form.attributes["strength.minLength"]["aria-invalid"] == "true"
    assert (form.value("name"), form.value("strength.minSymbol")) == ("People", "true")
    assert api.get("/directories", name="People").items == []


def test_the_password_policy_of_the_tenant_for_common_passwords_counts_for_what_the_console_makes(
    admin: Visitor, api: Api
):
    begin(admin, "Cloud")
    admin.submit("Create", {"name": "People", "strength.minLength": "9"})

    by_api = strength_of(api, api.directory("Others"))
    assert strength_of(api, named(api, "People"))["preventCommon"] == by_api["preventCommon"]


def test_a_social_directory_is_created_with_what_the_provider_gave(admin: Visitor, api: Api):
    for kind in ("Google", "Facebook", "GitHub", "LinkedIn", "Twitter"):
        begin(admin, kind)

        admin.submit("Create", {"name": kind, "clientId": "an-id", "clientSecret": "a-secret"})

        provider = named(api, kind)["provider"]
        assert (provider["providerId"], provider["clientId"]) == (kind.lower(), "an-id")
        assert provider["clientSecret"] == "a-secret"
        by_api = mirror(api, kind.lower())
        assert provider["scope"] == api.get(by_api["provider"]["href"]).ok["scope"]


def test_a_directory_of_another_oauth_provider_has_the_name_and_the_endpoints_of_it(admin: Visitor, api: Api):
    begin(admin, "OAuth 2.0")
    endpoints = {
        "authorizationEndpoint": "https://id.example.com/authorize",
        "tokenEndpoint": "https://id.example.com/token",
        "resourceEndpoint": "https://id.example.com/me",
    }

    typed = {"name": "Partners", "providerId": "acme", "clientId": "an-id", "clientSecret": "a-secret"}
    admin.submit("Create", {**typed, **endpoints, "accessTokenType": "access_token", "scope": "email\nname"})

    provider = named(api, "Partners")["provider"]
    assert (provider["providerId"], provider["providerType"]) == ("acme", "oauth2")
    assert {name: provider[name] for name in endpoints} == endpoints
    assert (provider["accessTokenType"], provider["scope"]) == ("access_token", ["email", "name"])


def test_a_saml_directory_takes_a_pasted_certificate(admin: Visitor, api: Api):
    begin(admin, "SAML")
    typed = {
        "name": "Staff",
        "ssoLoginUrl": "https://idp.example.com/login",
        "ssoLogoutUrl": "https://idp.example.com/logout",
        "requestSignatureAlgorithm": "RSA-SHA1",
    }

    page = admin.submit("Create", {**typed, "encodedX509SigningCert": "-----BEGIN"})
    assert (page.status, page.html.form("Create").value("ssoLoginUrl")) == (400, typed["ssoLoginUrl"])
    assert page.html.form("Create").attributes["encodedX509SigningCert"]["aria-invalid"] == "true"
    admin.submit("Create", {"encodedX509SigningCert": CERTIFICATE.replace("\n", "\r\n")})

    provider = named(api, "Staff")["provider"]
    assert provider["encodedX509SigningCert"].split() == CERTIFICATE.split()
    assert provider["requestSignatureAlgorithm"] == "RSA-SHA1"


def test_the_code_of_a_new_directory_has_no_secret(admin: Visitor, api: Api):
    begin(admin, "GitHub")

    page = admin.submit("As code", {"name": "Friends", "clientId": "an-id", "clientSecret": "a-secret"})

    assert '"provider": {"provider_id": "github", "client_id": "an-id", "client_secret": "..."}' in page.text
    assert b"a-secret" not in page.raw
    assert api.get("/directories", name="Friends").items == []


def test_the_code_of_a_password_policy_is_a_second_step(admin: Visitor):
    begin(admin, "Cloud")

    page = admin.submit("As code", {"name": "People", "strength.minLength": "12"})

    assert (
        "strength = directory.password_policy.strength strength.min_length = 12 strength.save()" in page.text
    )


def test_the_wizard_makes_a_directory_of_ldap(admin: Visitor, api: Api):
    wizard_at_confirm(admin)
    text = admin.page.text
    assert "ldap.example.com" in text
    assert "inetOrgPerson" in text
    assert "Use Referrals" not in text

    admin.submit("Create Directory")

    made = named(api, "Head Office")
    assert (made["description"], made["provider"]["providerId"]) == ("The server in Berlin", "ldap")
    config = api.get(made["provider"]["agent"]["href"]).ok["config"]
    assert (config["directoryPort"], config["sslRequired"], config["pollInterval"]) == (636, True, 60)
    assert config["accountConfig"]["passwordRdn"] == "userPassword"
    assert config["groupConfig"]["membersRdn"] == "member"
    assert "agent.id" in admin.page.text
    assert "stormpath agent run agent.properties" in admin.page.text


def test_the_wizard_begins_with_what_is_usual_for_active_directory(admin: Visitor, api: Api):
    wizard_at_confirm(admin, service="ad", **{"config.sslRequired": "false", "config.referralMode": "follow"})

    admin.submit("Create Directory")

    config = api.get(named(api, "Head Office")["provider"]["agent"]["href"]).ok["config"]
    assert (config["directoryPort"], config["referralMode"]) == (389, "follow")
    assert config["accountConfig"]["usernameRdn"] == "sAMAccountName"
    assert "passwordRdn" not in config["accountConfig"]


def test_nothing_that_was_typed_in_the_wizard_is_lost_between_its_steps(admin: Visitor):
    begin(admin, "Mirror")
    admin.submit("Next", {"name": "Head Office"})
    admin.submit("3. Account Configuration", {"config.directoryHost": "ldap.example.com"})
    admin.submit("Prev", {"config.accountConfig.emailRdn": "email"})

    assert admin.page.html.form("Next").value("config.directoryHost") == "ldap.example.com"
    admin.submit("3. Account Configuration")
    assert admin.page.html.form("Next").value("config.accountConfig.emailRdn") == "email"
    admin.submit("1. Directory Basics")
    assert admin.page.html.form("Next").value("name") == "Head Office"


def test_another_kind_of_server_keeps_what_was_typed_and_replaces_what_was_usual(admin: Visitor):
    begin(admin, "Mirror")
    admin.submit("3. Account Configuration", {"name": "Head Office"})
    admin.submit("2. Agent Configuration", {"config.accountConfig.emailRdn": "proxyAddresses"})

    admin.submit("3. Account Configuration", {"service": "ad"})

    form = admin.page.html.form("Next")
    assert form.value("config.accountConfig.emailRdn") == "proxyAddresses"
    assert form.value("config.accountConfig.objectClass") == "user"


def test_the_wizard_leads_back_to_what_is_missing(admin: Visitor, api: Api):
    begin(admin, "Mirror")
    page = admin.submit("Next", {"name": " "})
    assert page.status == 400
    assert page.html.form("Next").attributes["name"]["aria-invalid"] == "true"

    admin.submit("5. Confirm", {"name": "Head Office"})
    page = admin.submit("Create Directory")

    assert page.status == 400
    assert page.html.form("Next").attributes["config.directoryHost"]["aria-invalid"] == "true"
    assert api.get("/directories", name="Head Office").items == []


def test_what_the_api_refuses_is_shown_at_its_step(admin: Visitor, api: Api):
    api.directory("Head Office")
    wizard_at_confirm(admin)

    page = admin.submit("Create Directory")
    assert page.status == 409
    assert page.html.form("Next").attributes["name"]["aria-invalid"] == "true"
    admin.submit("2. Agent Configuration", {"name": "Main Office"})
    admin.submit("5. Confirm", {"config.directoryPort": "70000"})
    page = admin.submit("Create Directory")

    form = page.html.form("Next")
    assert (page.status, form.value("config.directoryPort")) == (400, "70000")
    assert form.attributes["config.directoryPort"]["aria-invalid"] == "true"


def test_the_wizard_shows_the_code_without_the_password(admin: Visitor):
    wizard_at_confirm(admin)

    page = admin.submit("As code")

    assert '"agent_user_dn_password": "..."' in page.text
    assert b"s3cret-of-the-agent" not in page.raw
