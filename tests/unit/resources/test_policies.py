"""Policies of directories and applications: passwords, registration, tokens, schemas, e-mails, ID Site."""

from datetime import timedelta
from typing import Any

import pytest

from stormpath.resources import (
    Account,
    AccountCreationPolicy,
    AccountLink,
    AccountLinkingPolicy,
    AccountSchema,
    Application,
    DefaultModelEmailTemplate,
    Directory,
    EmailTemplate,
    Expansion,
    Field,
    FieldList,
    IDSite,
    OauthPolicy,
    PasswordPolicy,
    PasswordStrength,
    SmtpServer,
    WebConfig,
)
from unit.resources.exchange import BASE, Exchange, StubClient, link

PREVIEW = {
    "fromName": "Atlas",
    "fromEmailAddress": "atlas@example.com",
    "replyTo": None,
    "subject": "Hello Joe",
    "textBody": "Welcome",
    "htmlBody": None,
    "mimeType": "text/plain",
}


@pytest.fixture
def directory(client: StubClient, exchange: Exchange) -> Directory:
    exchange.holds(
        "/directories/d1",
        name="Crew",
        passwordPolicy=link("/passwordPolicies/d1"),
        accountCreationPolicy=link("/accountCreationPolicies/d1"),
        accountSchema=link("/schemas/s1"),
    )
    return client.directories.get("d1")


def saving(exchange: Exchange, path: str, **state: Any) -> None:
    """Prepare a resource that can be read and saved."""
    body = exchange.holds(path, **state)
    exchange.answers("POST", path, lambda query, data: body | data)


class TestPasswordPolicy:
    def test_a_password_policy_is_saved_in_one_request(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        saving(exchange, "/passwordPolicies/d1", resetTokenTtl=24, resetEmailStatus="ENABLED")
        policy = directory.password_policy
        assert type(policy) is PasswordPolicy
        assert policy.reset_token_ttl == 24
        exchange.clear()

        policy.reset_token_ttl = 48
        policy.reset_email_status = PasswordPolicy.RESET_EMAIL_STATUS_DISABLED
        policy.save()

        assert policy.reset_email_status == "DISABLED"
        assert exchange.lines == ["POST /passwordPolicies/d1"]
        assert exchange.last[3] == {"resetTokenTtl": 48, "resetEmailStatus": "DISABLED"}

    def test_a_password_policy_has_two_kinds_of_templates(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        policy = PasswordPolicy(client, href=f"{BASE}/passwordPolicies/d1")
        template = {
            **link("/emailTemplates/e1"),
            "subject": "Reset",
            "defaultModel": {"linkBaseUrl": "https://x"},
        }
        exchange.lists("/passwordPolicies/d1/resetEmailTemplates", [template])
        exchange.lists("/passwordPolicies/d1/resetSuccessEmailTemplates", [link("/emailTemplates/e2")])

        assert [type(each) for each in policy.reset_email_templates] == [DefaultModelEmailTemplate]
        assert [type(each) for each in policy.reset_success_email_templates] == [EmailTemplate]
        assert policy.reset_email_templates.get("e1").href == f"{BASE}/emailTemplates/e1"


STRENGTH = {
    "minLength": 8,
    "maxLength": 20,
    "minLowerCase": 1,
    "minUpperCase": 1,
    "minNumeric": 1,
    "minSymbol": 1,
    "minDiacritic": 1,
    "preventReuse": 0,
}


class TestPasswordStrength:
    @pytest.fixture
    def strength(self, client: StubClient, exchange: Exchange) -> PasswordStrength:
        saving(exchange, "/passwordPolicies/d1/strength", **STRENGTH)
        return PasswordPolicy(client, href=f"{BASE}/passwordPolicies/d1").strength

    def test_a_valid_password_passes_in_one_request(
        self, strength: PasswordStrength, exchange: Exchange
    ) -> None:
        strength.validate_password("Pass w0rd é")

        assert exchange.lines == ["GET /passwordPolicies/d1/strength"]

    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            ("Passw0rd é and much too long", "at most 20 characters"),
            ("P0 é", "at least 8 characters"),
            ("PASSW RD É", "1 lower case"),
            ("PASSwoRD", "1 digits"),
            ("Passw0rdé", "1 symbols"),
            ("passw0rd é", "1 upper case"),
            ("Passw0rd x", "1 letters with diacritics"),
            # Signs among the letters of Latin-1, and letters and digits of other alphabets.
            ("Passw0rd \u00d7\u00f7", "diacritics"),
            ("Passw\u043erd \u0663é", "1 digits"),
        ],
    )
    def test_the_error_names_the_first_rule_that_is_broken(
        self, strength: PasswordStrength, password: str, reason: str
    ) -> None:
        with pytest.raises(ValueError, match=reason) as refusal:
            strength.validate_password(password)

        assert password not in str(refusal.value)

    def test_the_documented_symbols_count_as_symbols(self, client: StubClient) -> None:
        none = dict.fromkeys(STRENGTH, 0) | {"maxLength": 100}
        all_symbols = len(PasswordStrength.SYMBOL_CHARS)
        strength = PasswordStrength(client, properties={**none, "minSymbol": all_symbols})

        strength.validate_password(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~¡¦§©«¬®±µ¶·»½¿\u00d7÷")
        assert all_symbols == 33 + 16
        assert len(PasswordStrength.DIACRITIC_CHARS) == 62

    def test_the_rules_are_saved_in_one_request(self, strength: PasswordStrength, exchange: Exchange) -> None:
        strength.min_length = 12
        strength.save()

        assert exchange.lines == ["POST /passwordPolicies/d1/strength"]
        assert exchange.last[3] == {"minLength": 12}


class TestAccountCreationPolicy:
    def test_a_domain_list_edited_in_place_is_sent(self, directory: Directory, exchange: Exchange) -> None:
        saving(exchange, "/accountCreationPolicies/d1", emailDomainWhitelist=["a.example"])
        policy = directory.account_creation_policy
        assert type(policy) is AccountCreationPolicy

        policy.email_domain_whitelist.append("*.b.example")
        policy.welcome_email_status = AccountCreationPolicy.EMAIL_STATUS_ENABLED
        policy.save()

        assert exchange.last[3] == {
            "emailDomainWhitelist": ["a.example", "*.b.example"],
            "welcomeEmailStatus": "ENABLED",
        }

    def test_an_account_creation_policy_has_three_kinds_of_templates(self, client: StubClient) -> None:
        policy = AccountCreationPolicy(client, href=f"{BASE}/accountCreationPolicies/d1")

        kinds = {name: getattr(policy, name).resource_class for name in policy.get_resource_attributes()}

        assert kinds == {
            "verification_email_templates": DefaultModelEmailTemplate,
            "verification_success_email_templates": EmailTemplate,
            "welcome_email_templates": EmailTemplate,
        }


class TestEmailTemplate:
    def test_the_link_of_a_template_can_be_changed(self, client: StubClient, exchange: Exchange) -> None:
        saving(exchange, "/emailTemplates/e1", defaultModel={"linkBaseUrl": "https://old"}, subject="Hi")
        template = DefaultModelEmailTemplate(client, href=f"{BASE}/emailTemplates/e1")
        assert template.get_link_base_url() == "https://old"

        template.set_link_base_url("https://new")
        template.save()

        assert template.get_link_base_url() == "https://new"
        assert exchange.last[3] == {"defaultModel": {"linkBaseUrl": "https://new"}}

    def test_the_bodies_of_a_template_can_be_changed(self, client: StubClient, exchange: Exchange) -> None:
        saving(exchange, "/emailTemplates/e1", mimeType="text/plain")
        template = EmailTemplate(client, href=f"{BASE}/emailTemplates/e1")
        template.mime_type = EmailTemplate.MIME_TYPE_HTML
        template.html_body = "<p>${url}</p>"
        template.save()

        assert exchange.last[3] == {"mimeType": "text/html", "htmlBody": "<p>${url}</p>"}

    def test_a_preview_is_one_request(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/emailTemplates/e1/preview", PREVIEW)
        template = EmailTemplate(client, href=f"{BASE}/emailTemplates/e1")

        preview = template.preview()

        assert preview == ("Atlas", "atlas@example.com", None, "Hello Joe", "Welcome", None, "text/plain")
        assert preview.from_email_address == "atlas@example.com"
        assert [each[:2] for each in exchange.requests] == [("POST", "/emailTemplates/e1/preview")]
        assert exchange.last[3] == {}

    def test_a_draft_is_previewed_for_an_account(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/emailTemplates/e1/preview", PREVIEW)
        template = DefaultModelEmailTemplate(client, href=f"{BASE}/emailTemplates/e1")
        account = Account(client, href=f"{BASE}/accounts/a1")
        draft = {"subject": "Hi", "from_email_address": "a@b.c", "htmlBody": "${url}", "reply_to": None}

        template.preview(account, **draft, default_model={"linkBaseUrl": "https://x"})

        assert exchange.last[3] == {
            "account": {"href": account.href},
            "subject": "Hi",
            "fromEmailAddress": "a@b.c",
            "htmlBody": "${url}",
            "replyTo": None,
            "defaultModel": {"linkBaseUrl": "https://x"},
        }
        template.preview(account.href)
        assert exchange.last[3] == {"account": {"href": account.href}}

    def test_a_preview_ignores_unsaved_changes(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/emailTemplates/e1/preview", PREVIEW)
        template = EmailTemplate(client, href=f"{BASE}/emailTemplates/e1")
        template.subject = "Not saved"

        template.preview()

        assert exchange.last[3] == {}
        assert template.subject == "Not saved"

    @pytest.mark.parametrize("name", ["sbject", "default_model", "created_at", "preview_link"])
    def test_a_draft_has_writable_attributes_only(
        self, client: StubClient, exchange: Exchange, name: str
    ) -> None:
        template = EmailTemplate(client, href=f"{BASE}/emailTemplates/e1")

        with pytest.raises(TypeError, match=f"EmailTemplate has no attribute '{name}' to preview"):
            template.preview(**{name: "x"})

        assert exchange.count == 0


class TestAccountSchema:
    @pytest.fixture
    def schema(self, directory: Directory, exchange: Exchange) -> AccountSchema:
        fields = [
            {**link(f"/fields/{name}"), "name": name, "required": False, "schema": link("/schemas/s1")}
            for name in ("givenName", "surname")
        ]
        exchange.lists("/schemas/s1/fields", fields)
        exchange.answers("POST", "/fields/surname", fields[1] | {"required": True})
        return directory.account_schema

    def test_a_schema_lists_its_fields(self, schema: AccountSchema) -> None:
        assert type(schema.fields) is FieldList
        assert [each.name for each in schema.fields] == ["givenName", "surname"]

    def test_a_field_is_read_like_a_dictionary(self, schema: AccountSchema, exchange: Exchange) -> None:
        field = schema.fields.items[0]

        assert type(field) is Field
        assert field["name"] == "givenName"
        assert field["accountSchema"] == field["schema"] == field.account_schema == schema
        assert field["required"] is False

    def test_fields_are_searched_by_the_names_of_the_service(
        self, schema: AccountSchema, exchange: Exchange
    ) -> None:
        assert len(list(schema.fields.query(expand="account_schema").order("account_schema desc"))) == 2
        assert exchange.last[2] == {"expand": "schema", "orderBy": "schema desc", "limit": 100}

    def test_a_field_is_saved_by_itself(self, schema: AccountSchema, exchange: Exchange) -> None:
        field = schema.fields.get("surname")
        field.required = True
        field.save()

        assert field.required is True
        assert exchange.last == ("POST", "/fields/surname", {}, {"required": True})


class TestPoliciesOfAnApplication:
    @pytest.fixture
    def application(self, client: StubClient, exchange: Exchange) -> Application:
        exchange.holds(
            "/applications/p1",
            name="App",
            oAuthPolicy=link("/oAuthPolicies/p1"),
            accountLinkingPolicy=link("/accountLinkingPolicies/l1"),
            webConfig=link("/applicationWebConfigs/w1"),
        )
        return client.applications.get("p1")

    def test_the_oauth_policy_has_durations(self, application: Application, exchange: Exchange) -> None:
        saving(exchange, "/oAuthPolicies/p1", accessTokenTtl="PT1H", refreshTokenTtl="P60D")
        policy = application.oauth_policy
        assert type(policy) is OauthPolicy
        assert (policy.access_token_ttl, policy.refresh_token_ttl) == (timedelta(hours=1), timedelta(days=60))

        policy.access_token_ttl = timedelta(minutes=30)
        policy.refresh_token_ttl = "P7D"  # type: ignore[assignment] # ISO text is taken too
        policy.save()

        assert exchange.last[3] == {"accessTokenTtl": "PT30M", "refreshTokenTtl": "P7D"}
        assert policy.refresh_token_ttl == timedelta(days=7)

    @pytest.mark.parametrize("spelled", ["oauth_policy", "oAuthPolicy", "oauthPolicy"])
    def test_the_oauth_policy_is_expanded_by_its_name_on_the_wire(
        self, client: StubClient, exchange: Exchange, spelled: str
    ) -> None:
        policy = {**link("/oAuthPolicies/p1"), "accessTokenTtl": "PT1H"}
        exchange.answers("GET", "/applications/p1", {**link("/applications/p1"), "oAuthPolicy": policy})
        application = client.applications.get("p1", expand=Expansion(spelled))

        assert application.oauth_policy.access_token_ttl == timedelta(hours=1)
        assert [query for _, _, query, _ in exchange.requests] == [{"expand": "oAuthPolicy"}]

    def test_linking_may_match_by_email_or_by_nothing(
        self, application: Application, exchange: Exchange
    ) -> None:
        saving(exchange, "/accountLinkingPolicies/l1", status="DISABLED", matchingProperty=None)
        policy = application.account_linking_policy
        assert policy.is_disabled()
        assert policy.matching_property is AccountLinkingPolicy.MATCHING_PROPERTY_NULL

        policy.status = AccountLinkingPolicy.STATUS_ENABLED
        policy.matching_property = AccountLinkingPolicy.MATCHING_PROPERTY_EMAIL
        policy.automatic_provisioning = AccountLinkingPolicy.AUTOMATIC_PROVISIONING_ENABLED
        policy.save()

        assert policy.is_enabled()
        assert exchange.last[3] == {
            "status": "ENABLED",
            "matchingProperty": "email",
            "automaticProvisioning": "ENABLED",
        }

    @pytest.fixture
    def config(self, application: Application, exchange: Exchange) -> WebConfig:
        saving(
            exchange,
            "/applicationWebConfigs/w1",
            status="ENABLED",
            login={"enabled": True},
            verifyEmail={"enabled": None},
            me={"enabled": True, "expand": {"groups": False, "customData": False}},
        )
        return application.web_config

    def test_the_web_config_is_edited_in_place(self, config: WebConfig, exchange: Exchange) -> None:
        assert config.verify_email.enabled is None
        config.login.enabled = False
        config.me.expand.custom_data = True
        config.save()

        assert exchange.last[3] == {
            "login": {"enabled": False},
            "me": {"enabled": True, "expand": {"groups": False, "customData": True}},
        }
        assert config.me.expand.custom_data is True

    def test_the_web_config_is_set_by_dictionaries(self, config: WebConfig, exchange: Exchange) -> None:
        config.me = {"expand": {"groups": True}}
        config.verify_email = {"enabled": True}
        config.dns_label = "acme"
        config.save()

        assert exchange.last[3] == {
            "me": {"enabled": True, "expand": {"groups": True, "customData": False}},
            "verifyEmail": {"enabled": True},
            "dnsLabel": "acme",
        }

    def test_other_attributes_of_the_web_config_cannot_be_set(self, config: WebConfig) -> None:
        for wrong in ("nothing", "e", "enable"):
            with pytest.raises(AttributeError):
                setattr(config.login, wrong, True)


def test_accounts_are_linked_from_any_list_of_links(client: StubClient, exchange: Exchange) -> None:
    one, other = client.accounts.get("a1"), client.accounts.get("a2")
    body = {
        **link("/accountLinks/k1"),
        "leftAccount": link("/accounts/a1"),
        "rightAccount": link("/accounts/a2"),
    }
    exchange.answers("POST", "/accountLinks", body)
    exchange.answers("DELETE", "/accountLinks/k1", {})

    for links in (client.account_links, one.account_links):
        made = links.create({"left_account": one, "right_account": other})
        assert type(made) is AccountLink
        assert made.right_account == other
    made.delete()

    assert exchange.lines == ["POST /accountLinks", "POST /accountLinks", "DELETE /accountLinks/k1"]
    assert exchange.requests[0][3] == {
        "leftAccount": {"href": one.href},
        "rightAccount": {"href": other.href},
    }


def test_linked_accounts_have_the_class_account(client: StubClient, exchange: Exchange) -> None:
    exchange.lists("/accounts/a1/linkedAccounts", [link("/accounts/a2")])

    assert list(client.accounts.get("a1").linked_accounts) == [client.accounts.get("a2")]
    assert exchange.count == 1


def test_all_account_links_are_requested_from_the_service(client: StubClient, exchange: Exchange) -> None:
    exchange.lists("/accountLinks", [])

    assert list(client.account_links) == []
    assert exchange.lines == ["GET /accountLinks"]


class TestResourcesOfATenant:
    @pytest.fixture(autouse=True)
    def tenant(self, exchange: Exchange) -> None:
        links = {name: link(f"/tenants/t1/{name}") for name in ("idSites", "smtpServers")}
        exchange.answers("GET", "/tenants/current", {**link("/tenants/t1"), **links})

    def test_the_session_times_of_an_id_site_are_text(self, client: StubClient, exchange: Exchange) -> None:
        site: dict[str, Any] = {
            **link("/idSites/i1"),
            "sessionTti": "PT30M",
            "authorizedOriginUris": [],
            "tlsPrivateKey": None,
        }
        exchange.lists("/tenants/t1/idSites", [site])
        exchange.answers("POST", "/idSites/i1", site)
        (found,) = client.tenant.id_sites
        assert type(found) is IDSite
        assert found.session_tti == "PT30M"

        found.authorized_origin_uris.append("https://app.example.com")
        found.tls_private_key = "PEM"
        found.save()

        assert exchange.last[3] == {
            "authorizedOriginUris": ["https://app.example.com"],
            "tlsPrivateKey": "PEM",
        }
        assert "PEM" not in found.to_json()
        assert exchange.lines[0] == "GET /tenants/current"
        assert exchange.count == 3

    def test_a_mail_server_is_created_at_the_root(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/smtpServers", {**link("/smtpServers/s1"), "host": "mail.example"})
        server = client.tenant.smtp_servers.create(
            {
                "host": "mail.example",
                "port": 587,
                "username": "u",
                "password": "s3cret",
                "security_protocol": "TLS",
            }
        )

        assert type(server) is SmtpServer
        assert exchange.last[1:] == (
            "/smtpServers",
            {},
            {
                "host": "mail.example",
                "port": 587,
                "username": "u",
                "password": "s3cret",
                "securityProtocol": "TLS",
            },
        )
