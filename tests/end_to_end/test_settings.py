"""The settings of an application and of a tenant: token lifetimes, web API, linking, hosted pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Expansion
from stormpath.resources.application import Application
from support.request_counts import RequestCount


class TestOauthPolicy:
    def test_lifetimes_are_durations(self, app: Application) -> None:
        policy = app.oauth_policy
        assert (policy.access_token_ttl, policy.refresh_token_ttl) == (timedelta(hours=1), timedelta(days=60))

        policy.access_token_ttl = timedelta(minutes=30)
        policy.refresh_token_ttl = "P1D"
        policy.save()

        policy.refresh()
        assert policy.access_token_ttl == timedelta(minutes=30)
        assert policy.refresh_token_ttl == timedelta(days=1)
        assert policy.application == app
        assert policy.token_endpoint.href == f"{app.href}/oauth/token"

    @pytest.mark.parametrize("spelling", ["oauth_policy", "oAuthPolicy"])
    def test_an_oauth_policy_is_expanded_under_either_spelling(
        self, client: Client, app: Application, requests_made: RequestCount, spelling: str
    ) -> None:
        requests_made.reset()
        expanded = client.applications.get(app.href, expand=Expansion(spelling))

        assert expanded.oauth_policy.access_token_ttl == timedelta(hours=1)

        assert requests_made == 1

    def test_a_lifetime_out_of_bounds_is_refused(self, app: Application) -> None:
        policy = app.oauth_policy
        policy.access_token_ttl = timedelta(days=20_000)

        with pytest.raises(Error) as caught:
            policy.save()

        assert caught.value.status == 400


class TestWebConfig:
    def test_parts_are_edited_in_place_and_set_as_dictionaries(
        self, client: Client, app: Application
    ) -> None:
        config = app.web_config
        config.login.enabled = False
        config.me.expand.groups = True
        config.register = {"enabled": False}

        config.save()

        fresh = client.applications.get(app.href).web_config
        fresh.refresh()
        assert (fresh.login.enabled, fresh.register.enabled) == (False, False)
        assert (fresh.me.enabled, fresh.me.expand.groups, fresh.me.expand.directory) == (True, True, False)
        assert fresh.oauth2.enabled

    def test_a_switch_that_follows_the_directory_is_none(self, app: Application) -> None:
        config = app.web_config
        assert config.verify_email.enabled is None

        config.verify_email.enabled = True
        config.save()
        config.refresh()
        assert config.verify_email.enabled is True
        config.verify_email.enabled = None
        config.save()

        config.refresh()
        assert config.verify_email.enabled is None

    def test_a_web_config_can_be_disabled_and_renamed(self, app: Application) -> None:
        config = app.web_config
        label = f"{config.dns_label}-2"
        config.status = config.STATUS_DISABLED
        config.dns_label = label

        config.save()

        config.refresh()
        assert config.is_disabled()
        assert config.dns_label == label
        assert config.domain_name.startswith(f"{label}.")


class TestAccountLinkingPolicy:
    def test_an_account_linking_policy_is_read_and_saved(self, app: Application) -> None:
        policy = app.account_linking_policy
        assert (policy.is_disabled(), policy.matching_property) == (True, policy.MATCHING_PROPERTY_NULL)

        policy.status = policy.STATUS_ENABLED
        policy.automatic_provisioning = policy.AUTOMATIC_PROVISIONING_ENABLED
        policy.matching_property = policy.MATCHING_PROPERTY_EMAIL
        policy.save()

        policy.refresh()
        assert (policy.is_enabled(), policy.automatic_provisioning) == (True, "ENABLED")
        assert policy.matching_property == "email"
        policy.matching_property = None
        policy.save()
        policy.refresh()
        assert policy.matching_property is None


class TestIDSite:
    def test_the_id_site_of_a_tenant_can_be_changed(self, client: Client) -> None:
        (site,) = client.id_sites

        site.authorized_redirect_uris = ["https://example.com/one"]
        site.save()
        site.authorized_redirect_uris.append("https://example.com/two")
        site.session_ttl = "PT5H"
        site.save()

        again = client.id_sites.get(site.href)
        assert again.authorized_redirect_uris == ["https://example.com/one", "https://example.com/two"]
        assert again.session_ttl == "PT5H"
        assert again.tenant == client.tenant

    def test_the_private_key_of_an_id_site_comes_back_and_is_in_no_text(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG")
        (site,) = client.id_sites
        site.tls_private_key = "the private key of the pages"
        site.save()

        assert "the private key" not in f"{site!r} {site.to_json()} {site.items()} {caplog.text}"
        assert client.id_sites.get(site.href).tls_private_key == "the private key of the pages"

    def test_another_id_site_cannot_be_created(self, client: Client) -> None:
        with pytest.raises(Error) as caught:
            client.id_sites.create({"domain_name": "login.example.com"})

        assert caught.value.status == 405


class TestTenant:
    def test_the_custom_data_of_a_tenant_are_saved_and_its_key_stays(self, client: Client) -> None:
        tenant = client.tenant
        tenant.custom_data["plan"] = {"seats": 5}
        tenant.save()

        tenant.refresh()
        assert tenant.custom_data["plan"] == {"seats": 5}
        tenant.key = "another"
        with pytest.raises(Error) as caught:
            tenant.save()
        assert caught.value.status in (400, 403, 409)
        tenant.refresh()
