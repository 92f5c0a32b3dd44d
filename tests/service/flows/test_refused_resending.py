"""Refused requests to send the verification e-mail again (rest-core 6.12, 6.22)."""

from dataclasses import replace
from typing import Any

import pytest

from service.calls import Answer, Api, Json, id_of, link
from service.provider_bodies import in_mirror, mirror
from service.registration import SWITCHES, VERIFICATION, now, register, sent_kinds, spend, switch
from service.tenant_rows import dump
from stormpath.server.app import Service


@pytest.fixture
def resources(api: Api) -> Json:
    """An application whose directory verifies and welcomes accounts, and a pending account."""
    application, directory = api.application_with_directory()
    switch(api, directory, *SWITCHES)
    account = register(api, application).made
    return {"application": application, "directory": directory, "account": account}


def resend(api: Api, resources: Json, login: str = "ada", /, **body: Any) -> Answer:
    return api.post(resources["application"]["verificationEmails"]["href"], {"login": login, **body})


class TestFaults:
    """A refused request sends nothing and changes nothing."""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 2000),
            ({"login": None}, 2000),
            ({"login": ""}, 2000),
            ({"login": " "}, 2000),
            ({"login": 1}, 2004),
            ({"login": ["ada"]}, 2004),
            ({"login": "a" * 256}, 2008),
            ({"login": "a\x00"}, 2005),
            ({"login": "ada", "bogus": 1}, 2015),
            ({"login": "ada", "account": "x"}, 2015),
            ({"login": "nobody"}, 2016),
            ({"login": "ada@example.org"}, 2016),
            ({"login": "ada", "accountStore": 1}, 2004),
            ({"login": "ada", "accountStore": ["x"]}, 2004),
            ({"login": "ada", "accountStore": {}}, 2000),
            ({"login": "ada", "accountStore": {"href": 1}}, 2004),
            ({"login": "ada", "accountStore": {"href": "x"}}, 2014),
            ({"login": "ada", "accountStore": "x"}, 2014),
            ({"login": "ada", "accountStore": ""}, 2014),
            ({"login": "ada", "account_store": "/v1/directories/unknown"}, 2014),
            ({"login": "ada", "accountStore": {"href": "/v1/directories/unknown"}}, 2014),
            ({"login": "ada", "accountStore": {"nameKey": "unknown"}}, 2014),
            ({"login": "ada", "accountStore": {"nameKey": 1}}, 2004),
            ({"login": "ada", "accountStore": {"nameKey": "acme", "href": "x"}}, 2002),
        ],
    )
    def test_a_malformed_body_is_refused(
        self, service: Service, api: Api, resources: Json, body: Json, code: int
    ):
        before = dump(service, api.tenant_id)

        refused = api.post(resources["application"]["verificationEmails"]["href"], body)

        assert refused.error == (400, code)
        assert dump(service, api.tenant_id) == before

    def test_a_resource_that_is_no_account_store_is_refused(self, api: Api, resources: Json):
        for each in (resources["application"], resources["account"]):
            assert resend(api, resources, accountStore=link(each)).error == (400, 2014)
            assert resend(api, resources, account_store=each["href"]).error == (400, 2014)

    def test_a_store_that_is_not_mapped_is_refused(self, api: Api, resources: Json):
        other = api.directory("Other")
        switch(api, other, VERIFICATION)
        register(api, other)
        organization = api.organization()

        for store in (other, api.group(other), organization):
            assert resend(api, resources, accountStore=link(store)).error == (400, 5114)
            assert resend(api, resources, account_store=store["href"]).error == (400, 5114)
        assert resend(api, resources, accountStore={"nameKey": "acme"}).error == (400, 2014)

    def test_a_store_of_another_tenant_does_not_exist(self, api: Api, stranger: Api, resources: Json):
        theirs = stranger.directory()
        stranger.organization("Theirs")

        assert resend(api, resources, accountStore=link(theirs)).error == (400, 2014)
        assert resend(api, resources, account_store=theirs["href"]).error == (400, 2014)
        assert resend(api, resources, accountStore={"nameKey": "theirs"}).error == (400, 2014)

    def test_an_application_without_stores_finds_no_account(self, api: Api, resources: Json):
        assert resend(api, {"application": api.application("Bare")}).error == (400, 2016)

    def test_nothing_is_sent_where_the_directory_does_not_verify(
        self, service: Service, api: Api, resources: Json
    ):
        switch(api, resources["directory"], *(each for each in SWITCHES if each != VERIFICATION))
        before = dump(service, api.tenant_id)

        assert resend(api, resources).error == (400, 6101)

        assert dump(service, api.tenant_id) == before
        # The token sent before is still valid.
        assert spend(api, resources["account"]).status == 200

    def test_nothing_is_sent_to_accounts_of_a_mirror(self, service: Service, api: Api, resources: Json):
        directory = mirror(api)
        switch(api, directory, *SWITCHES)
        api.mapping(resources["application"], directory)
        values = {"email": "eve@example.com", "username": "eve", "directory_id": id_of(directory)}
        account = in_mirror(api, "account", values)
        before = dump(service, api.tenant_id)

        assert resend(api, resources, "eve").error == (400, 6101)
        assert dump(service, api.tenant_id) == before

        api.post(account["href"], {"status": "UNVERIFIED"})
        assert resend(api, resources, "eve").error == (400, 6101)
        assert now(api, account)["emailVerificationToken"] is None

    def test_an_e_mail_beyond_the_limit_is_refused_and_changes_nothing(
        self, service: Service, api: Api, resources: Json, monkeypatch: pytest.MonkeyPatch
    ):
        quiet = register(api, resources["directory"], "grace", workflow="false").made
        monkeypatch.setattr(service, "settings", replace(service.settings, mails_per_directory=1))
        # Twice its limit is the most that a directory sends, also to those that got nothing.
        register(api, resources["directory"], "jane")
        before = dump(service, api.tenant_id)

        for login in ("ada", "grace"):
            refused = resend(api, resources, login)
            assert refused.error == (429, 429)
            assert int(refused.headers["retry-after"]) > 0

        assert dump(service, api.tenant_id) == before
        assert now(api, quiet)["emailVerificationToken"] is None

    def test_faults_are_reported_in_the_documented_order(self, api: Api, resources: Json):
        """rest-core 6.22: the caller, the method, the body's syntax, the query, the target, what is in it."""
        href = resources["application"]["verificationEmails"]["href"]
        unknown = "/applications/unknown/verificationEmails"
        typed, plain = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}

        assert api.request("GET", unknown, credentials={}).error == (401, 401)
        for method in ("GET", "PUT", "DELETE"):
            assert api.request(method, href).error == (405, 1100)
            assert api.request(method, unknown).error == (405, 1100)
        assert api.request("POST", unknown, b"{}", headers=plain).error == (
            415,
            1101,
        )
        assert api.request("POST", unknown, b"{", headers=typed, query="bogus=1").error == (400, 400)
        assert api.post(unknown, {"bogus": 1}, expand="bogus").error == (400, 2107)
        assert api.post(unknown, {"bogus": 1}).error == (404, 404)
        assert api.post(href, {"bogus": 1, "login": 1}).error == (400, 2015)
        assert api.post(href, {"accountStore": 1}).error == (400, 2004)
        assert api.post(href, {"accountStore": "x"}).error == (400, 2000)
        assert api.post(href, {"login": "nobody", "accountStore": "x"}).error == (400, 2014)
        assert sent_kinds(api) == [VERIFICATION]

    def test_the_application_of_another_tenant_does_not_exist(self, stranger: Api, resources: Json):
        assert resend(stranger, resources).error == (404, 404)
