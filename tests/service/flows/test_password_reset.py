"""Requests for a password reset, and setting the password (rest-core 5.24, 6.10, 6.13)."""

import pytest

from service.calls import Api, Json, id_of, link
from service.password_resets import ask
from service.provider_bodies import in_mirror, mirror
from service.tenant_setup import new_tenant
from stormpath.server.app import Service
from support.outbox import emails, kinds

GOOD = "Another1one"


@pytest.fixture
def world(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}


def policy(api: Api, directory: Json, **changes: object) -> Json:
    return api.post(directory["passwordPolicy"]["href"], changes).ok


def strength(api: Api, directory: Json, **changes: object) -> None:
    assert api.post(f"{directory['passwordPolicy']['href']}/strength", changes).status == 200


class TestAsking:
    def test_the_answer_is_the_token_with_its_account(self, api: Api, world: Json):
        answer = ask(api, world["application"])

        home = world["application"]["passwordResetTokens"]["href"]
        assert answer.status == 200
        assert set(answer.json) == {"href", "email", "account"}
        assert answer["href"].startswith(f"{home}/")
        assert answer["email"] == "ada@example.com"
        assert answer["account"] == link(world["account"])

    def test_reading_the_token_shows_the_address_as_it_was_sent(self, api: Api, world: Json):
        asked = ask(api, world["application"], "ADA@example.COM").ok

        assert asked["email"] == "ADA@example.COM"
        assert api.get(asked["href"]).ok == asked

    def test_the_account_can_be_shown_inline(self, api: Api, world: Json):
        home = world["application"]["passwordResetTokens"]["href"]

        asked = api.post(home, {"email": "ada@example.com"}, expand="account").ok
        read = api.get(asked["href"], expand="account").ok
        spent = api.post(asked["href"], {"password": GOOD}, expand="account").ok

        assert asked["account"] == read["account"] == world["account"]
        assert spent["account"] == api.get(world["account"]["href"]).ok != world["account"]
        assert api.post(home, {"email": "ada@example.com"}, expand="email").error == (400, 2107)

    def test_the_e_mail_goes_to_the_stored_address(self, service: Service, api: Api, world: Json):
        asked = ask(api, world["application"], "ADA@EXAMPLE.COM").ok

        (email,) = emails(service, api.tenant_id)
        assert email.kind == "reset"
        assert email.address == "ada@example.com"
        assert email.account_id == id_of(world["account"])
        assert asked["href"].endswith(f"/{email.token}")

    @pytest.mark.parametrize("email", ["Ada@Example.Com", " ada@example.com ", "ada@example.com\u00a0"])
    def test_letter_case_and_blanks_around_the_address_do_not_matter(self, api: Api, world: Json, email: str):
        assert ask(api, world["application"], email).ok["account"] == link(world["account"])

    def test_letter_case_beyond_ascii_does_not_matter(self, api: Api, world: Json):
        account = api.account(world["directory"], "x", email="STRASSE@bücher.example")

        assert ask(api, world["application"], "straße@BÜCHER.example").ok["account"] == link(account)

    @pytest.mark.parametrize("email", ["ada", "nobody@example.com", "ada@example .com", "x", "a@b\u00df"])
    def test_usernames_and_unknown_addresses_are_not_found(
        self, service: Service, api: Api, world: Json, email: str
    ):
        # "ada" is a username.
        assert ask(api, world["application"], email).error == (400, 2016)
        assert emails(service, api.tenant_id) == []

    def test_a_mirror_that_comes_first_decides_as_it_does_at_a_login(self, api: Api, world: Json):
        directory = mirror(api)
        values = {"email": "ada@example.com", "username": "ada", "directory_id": id_of(directory)}
        in_mirror(api, "account", values)
        mapping = api.mapping(world["application"], directory)
        assert ask(api, world["application"]).ok["account"] == link(world["account"])

        api.post(mapping["href"], {"listIndex": 0})

        assert ask(api, world["application"]).error == (400, 2016)
        asked = ask(api, world["application"], accountStore=link(world["directory"]))
        assert asked.ok["account"] == link(world["account"])

    def test_a_username_that_looks_like_an_address_is_not_found(self, api: Api, world: Json):
        api.account(world["directory"], "grace", username="grace@home.example")

        assert ask(api, world["application"], "grace@home.example").error == (400, 2016)

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, 2000),
            ({"email": None}, 2000),
            ({"email": ""}, 2000),
            ({"email": "  "}, 2000),
            ({"email": 7}, 2004),
            ({"email": "a\u0000@example.com"}, 2005),
            ({"email": "a" * 256}, 2008),
            ({"email": "ada@example.com", "bogus": 1}, 2015),
            ({"email": "ada@example.com", "password": "Changeme2"}, 2015),
        ],
    )
    def test_a_body_that_asks_for_nothing_is_refused(self, api: Api, world: Json, body: Json, code: int):
        home = world["application"]["passwordResetTokens"]["href"]

        assert api.post(home, body).error == (400, code)

    @pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS"])
    def test_tokens_cannot_be_listed(self, api: Api, world: Json, method: str):
        home = world["application"]["passwordResetTokens"]["href"]

        assert api.request(method, home).error == (405, 1100)
        assert api.request("HEAD", home).status == 405

    @pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "OPTIONS"])
    def test_tokens_cannot_be_deleted_or_replaced(self, api: Api, world: Json, method: str):
        asked = ask(api, world["application"]).ok

        assert api.request(method, asked["href"]).error == (405, 1100)
        assert api.get(asked["href"]).status == 200

    def test_a_disabled_application_resets_no_password(self, api: Api, world: Json):
        api.post(world["application"]["href"], {"status": "DISABLED"})

        assert ask(api, world["application"]).error == (400, 5115)
        assert ask(api, world["application"], "nobody@example.com").error == (400, 5115)

    def test_where_resets_are_not_sent_the_caller_gets_the_token(
        self, service: Service, api: Api, world: Json
    ):
        policy(api, world["directory"], resetEmailStatus="DISABLED")

        asked = ask(api, world["application"]).ok
        assert api.post(asked["href"], {"password": GOOD}).status == 200

        assert emails(service, api.tenant_id) == []
        assert api.log_in(world["application"], "ada", GOOD).status == 200

    def test_administrators_can_reset_their_passwords(self, service: Service, api: Api):
        (application,) = api.get("/applications", name="Stormpath").items
        (owner,) = api.get(application["accounts"]["href"]).items

        asked = ask(api, application, owner["email"]).ok
        assert api.post(asked["href"], {"password": GOOD}).status == 200

        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]
        assert api.log_in(application, owner["username"], GOOD).status == 200


class TestStores:
    """The same address in several stores."""

    @pytest.fixture
    def stores(self, api: Api, world: Json) -> Json:
        """A second directory mapped by a group, and an organization with a third; each has an Ada."""
        second, third = api.directory("Second"), api.directory("Third")
        group, organization = api.group(second), api.organization()
        accounts = [world["account"], api.account(second), api.account(third)]
        api.membership(accounts[1], group)
        api.organization_mapping(organization, third)
        mappings = [
            api.get(world["application"]["defaultAccountStoreMapping"]["href"]).ok,
            api.mapping(world["application"], group),
            api.mapping(world["application"], organization),
        ]
        return {
            "accounts": accounts,
            "mappings": mappings,
            "stores": [world["directory"], group, organization],
            "directories": [world["directory"], second, third],
        }

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_the_first_store_in_order_decides(self, api: Api, world: Json, stores: Json, number: int):
        api.post(stores["mappings"][number]["href"], {"listIndex": 0})

        assert ask(api, world["application"]).ok["account"] == link(stores["accounts"][number])

    @pytest.mark.parametrize("number", [0, 1, 2])
    def test_a_named_store_is_searched_alone(self, api: Api, world: Json, stores: Json, number: int):
        asked = ask(api, world["application"], accountStore=link(stores["stores"][number])).ok

        assert asked["account"] == link(stores["accounts"][number])

    @pytest.mark.parametrize("name_key", ["acme", "ACME"])
    def test_an_organization_is_named_by_its_name_key(
        self, api: Api, world: Json, stores: Json, name_key: str
    ):
        asked = ask(api, world["application"], accountStore={"nameKey": name_key}).ok

        assert asked["account"] == link(stores["accounts"][2])

    def test_an_account_outside_the_named_store_is_not_found(self, api: Api, world: Json, stores: Json):
        api.account(world["directory"], "grace")

        for store in (link(stores["stores"][1]), link(stores["stores"][2]), {"nameKey": "acme"}):
            asked = ask(api, world["application"], "grace@example.com", accountStore=store)
            assert asked.error == (400, 2016)

    def test_an_account_outside_the_named_group_is_not_found(self, api: Api, world: Json, stores: Json):
        api.account(stores["directories"][1], "grace")

        assert ask(api, world["application"], "grace@example.com").error == (400, 2016)

    @pytest.mark.parametrize(
        ("store", "code"),
        [
            ("x", 2004),
            (7, 2004),
            ({}, 2000),
            ({"href": None}, 2000),
            ({"href": 7}, 2004),
            ({"href": "x"}, 2014),
            ({"href": "/v1/directories/unknown"}, 2014),
            ({"href": "/v1/tenants/current"}, 2014),
            ({"nameKey": "nobody"}, 2014),
            ({"nameKey": "beta"}, 2014),
            ({"nameKey": ""}, 2014),
            ({"nameKey": 7}, 2004),
            ({"nameKey": "a\u0000"}, 2005),
            ({"nameKey": "acme", "href": "/v1/organizations/x"}, 2002),
        ],
    )
    def test_an_invalid_or_unknown_store_is_refused(
        self, api: Api, world: Json, stores: Json, store: object, code: int
    ):
        api.organization("Beta")

        assert ask(api, world["application"], accountStore=store).error == (400, code)

    def test_a_store_that_is_not_mapped_is_refused(self, api: Api, stranger: Api, world: Json):
        application = world["application"]
        api.account(other := api.directory("Other"))

        for store in (other, api.group(other), api.organization("Beta")):
            assert ask(api, application, accountStore=link(store)).error == (400, 5114)
        assert ask(api, application, accountStore=link(application)).error == (400, 2014)
        assert ask(api, application, accountStore=link(stranger.directory())).error == (400, 2014)

    def test_a_null_store_is_as_good_as_none(self, api: Api, world: Json):
        assert ask(api, world["application"], accountStore=None).status == 200

    def test_a_disabled_organization_is_reported(self, api: Api, world: Json, stores: Json):
        api.post(stores["stores"][2]["href"], {"status": "DISABLED"})

        assert ask(api, world["application"], accountStore={"nameKey": "acme"}).error == (400, 7107)

    def test_a_reset_ignores_the_status_of_stores_and_directories(self, api: Api, world: Json, stores: Json):
        for each in (*stores["stores"], stores["directories"][1]):
            assert api.post(each["href"], {"status": "DISABLED"}).status == 200

        found = []
        for mapping in stores["mappings"]:
            api.post(mapping["href"], {"listIndex": 0})
            found.append(ask(api, world["application"]).ok["account"])

        assert found == [link(each) for each in stores["accounts"]]
        assert api.log_in(world["application"], "ada").status == 400

    @pytest.mark.parametrize("kind", ["google", "saml", "ldap"])
    def test_passwords_of_mirror_directories_cannot_be_reset(
        self, service: Service, api: Api, world: Json, kind: str
    ):
        directory = mirror(api, kind)
        values = {"email": "joe@example.com", "username": "joe", "directory_id": id_of(directory)}
        in_mirror(api, "account", values)
        api.mapping(world["application"], directory)

        for store in (None, link(directory)):
            asked = ask(api, world["application"], "joe@example.com", accountStore=store)
            assert asked.error == (400, 2016)
        assert emails(service, api.tenant_id) == []


class TestSpending:
    @pytest.fixture
    def href(self, api: Api, world: Json) -> str:
        return str(ask(api, world["application"]).ok["href"])

    def test_a_token_sets_the_password(self, service: Service, api: Api, world: Json, href: str):
        answer = api.post(href, {"password": GOOD})

        account = api.get(world["account"]["href"]).ok
        assert answer.ok == {"href": href, "email": "ada@example.com", "account": link(account)}
        assert account["passwordModifiedAt"] > world["account"]["passwordModifiedAt"]
        assert api.log_in(world["application"], "ada", GOOD).status == 200
        assert api.log_in(world["application"], "ada").error == (400, 7100)
        assert kinds(service, api.tenant_id) == ["reset", "resetSuccess"]

    def test_a_reset_changes_nothing_else_of_the_account(self, api: Api, world: Json, href: str):
        before = api.get(world["account"]["href"]).ok

        api.post(href, {"password": GOOD})

        after = api.get(world["account"]["href"]).ok
        assert {name for name in after if after[name] != before[name]} == {"passwordModifiedAt", "modifiedAt"}

    @pytest.mark.parametrize("status", ["DISABLED", "UNVERIFIED", "LOCKED"])
    def test_a_reset_keeps_the_status_of_the_account(self, api: Api, world: Json, status: str):
        api.post(world["account"]["href"], {"status": status})

        asked = ask(api, world["application"]).ok
        assert api.get(world["account"]["href"]).ok["status"] == status
        assert api.post(asked["href"], {"password": GOOD}).status == 200

        assert api.get(world["account"]["href"]).ok["status"] == status
        api.post(world["account"]["href"], {"status": "ENABLED"})
        assert api.log_in(world["application"], "ada", GOOD).status == 200

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({}, (400, 2000)),
            ({"password": None}, (400, 2000)),
            ({"password": ""}, (400, 2000)),
            ({"password": "   "}, (400, 2000)),
            ({"password": 7}, (400, 2004)),
            ({"password": "A1a\u0000aaaaaa"}, (400, 2005)),
            ({"password": GOOD, "bogus": 1}, (400, 2015)),
            ({"password": GOOD, "status": "ENABLED"}, (400, 2015)),
            ({"password": "short"}, (400, 2007)),
            ({"password": "a" * 101}, (400, 2008)),
            ({"password": "A1" + "a" * 254}, (400, 2008)),
            ({"password": "ALLUPPER1"}, (400, 400)),
            ({"password": "alllower1"}, (400, 400)),
            ({"password": "NoNumbers"}, (400, 400)),
        ],
    )
    def test_a_password_that_breaks_a_rule_leaves_all_as_it_was(
        self, service: Service, api: Api, world: Json, href: str, body: Json, error: tuple[int, int]
    ):
        assert api.post(href, body).error == error

        assert api.get(href).status == 200
        assert api.log_in(world["application"], "ada").status == 200
        assert kinds(service, api.tenant_id) == ["reset"]
        assert api.post(href, {"password": GOOD}).status == 200

    def test_the_rules_are_those_of_the_directory_in_their_order(self, api: Api, world: Json, href: str):
        strength(api, world["directory"], minLength=10, maxLength=12, minSymbol=1, minDiacritic=1)

        def message(password: str) -> str:
            return str(api.post(href, {"password": password})["message"])

        assert api.post(href, {"password": "a" * 9}).error == (400, 2007)
        assert api.post(href, {"password": "a" * 13}).error == (400, 2008)
        steps = ["X" * 10, "a" * 10, "a" * 9 + "A", "a" * 8 + "A1", "a" * 7 + "A1!"]
        named = ["lowercase", "uppercase", "numeric", "symbol", "diacritic"]
        for password, name in zip(steps, named, strict=True):
            assert name in message(password)
        assert api.post(href, {"password": "a" * 7 + "A1!\u00c4"}).status == 200

    def test_a_password_is_not_used_again_where_that_is_forbidden(self, api: Api, world: Json, href: str):
        api.post(world["account"]["href"], {"password": "Second2nd"})
        strength(api, world["directory"], preventReuse=2)
        href = ask(api, world["application"]).ok["href"]

        assert api.post(href, {"password": "Changeme1!"}).error == (400, 6401)
        assert api.post(href, {"password": "Second2nd"}).error == (400, 6401)
        assert api.post(href, {"password": "Third3rdd"}).status == 200

        href = ask(api, world["application"]).ok["href"]
        assert api.post(href, {"password": "Second2nd"}).error == (400, 6401)
        assert api.post(href, {"password": "Changeme1!"}).status == 200

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, ["reset", "resetSuccess"]),
            ({"resetSuccessEmailStatus": "DISABLED"}, ["reset"]),
            ({"resetEmailStatus": "DISABLED"}, ["reset"]),
            ({"resetEmailStatus": "DISABLED", "resetSuccessEmailStatus": "DISABLED"}, ["reset"]),
        ],
    )
    def test_a_reset_is_confirmed_by_e_mail_where_both_switches_are_on(
        self, service: Service, api: Api, world: Json, href: str, changes: Json, expected: list[str]
    ):
        policy(api, world["directory"], **changes)

        api.post(href, {"password": GOOD})

        assert kinds(service, api.tenant_id) == expected

    def test_the_confirmation_is_the_directorys_own_and_holds_no_token(
        self, service: Service, api: Api, world: Json, href: str
    ):
        template = api.get(f"{world['directory']['passwordPolicy']['href']}/resetSuccessEmailTemplates")
        assert api.post(template.items[0]["href"], {"subject": "Done"}).status == 200

        api.post(href, {"password": GOOD})

        confirmation = emails(service, api.tenant_id)[-1]
        assert confirmation.address == "ada@example.com"
        assert "sptoken" not in confirmation.body
        assert confirmation.email is not None
        assert confirmation.email.subject == "Done"

    def test_a_token_sent_for_verification_is_not_touched(self, api: Api, world: Json):
        api.post(world["directory"]["accountCreationPolicy"]["href"], {"verificationEmailStatus": "ENABLED"})
        grace = api.account(world["directory"], "grace")
        verification = grace["emailVerificationToken"]

        asked = ask(api, world["application"], "grace@example.com").ok
        assert api.post(asked["href"], {"password": GOOD}).status == 200

        shown = api.get(grace["href"]).ok
        assert (shown["status"], shown["emailVerificationToken"]) == ("UNVERIFIED", verification)
        assert api.post(verification["href"]).ok == link(grace)
        assert api.log_in(world["application"], "grace", GOOD).status == 200

    def test_the_guides_idiom_sets_the_password_of_the_tokens_account(self, api: Api, world: Json, href: str):
        account = api.get(href, expand="account").ok["account"]

        assert api.post(account["href"], {"password": GOOD}).status == 200

        assert api.log_in(world["application"], "ada", GOOD).status == 200
        assert api.get(href).error == (404, 404)

    def test_tokens_of_two_tenants_with_the_same_address_are_independent(
        self, service: Service, api: Api, world: Json, href: str
    ):
        other = new_tenant(service)
        application, directory = other.application_with_directory()
        account = other.account(directory)

        asked = ask(other, application).ok

        assert asked["account"] == link(account)
        other.post(asked["href"], {"password": GOOD})
        assert api.get(href).status == 200
        assert api.log_in(world["application"], "ada").status == 200


def test_the_message_for_people_speaks_of_account_stores(api: Api, world: Json):
    elsewhere = api.directory("Elsewhere")

    refused = ask(api, world["application"], accountStore=link(elsewhere))

    assert refused.error == (400, 5114)
    assert refused["message"] == "The account store cannot be used here."
