"""Password policies: resets, password strength, prevention of reuse (rest-core 5.13, 6.10)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from stormpath.server.app import Service


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


@pytest.fixture
def policy(api: Api, directory: Json) -> Json:
    return api.get(directory["passwordPolicy"]["href"]).ok


@pytest.fixture
def strength(policy: Json) -> str:
    """The href of the strength resource."""
    return str(policy["strength"]["href"])


def creation(api: Api, directory: Json, password: str, serial=count()):  # noqa: B008  # It counts calls.
    body = {"email": f"new{next(serial)}@example.com", "password": password}
    return api.post(directory["accounts"]["href"], body)


class TestPolicy:
    def test_a_policy_has_the_documented_defaults(self, api: Api, directory: Json, policy: Json):
        href = f"{api.base_url}/passwordPolicies/{id_of(directory)}"
        below = ("strength", "resetEmailTemplates", "resetSuccessEmailTemplates")

        assert policy == {
            "href": href,
            "createdAt": directory["createdAt"],
            "modifiedAt": directory["createdAt"],
            "resetTokenTtl": 24,
            "resetEmailStatus": "ENABLED",
            "resetSuccessEmailStatus": "ENABLED",
        } | {each: {"href": f"{href}/{each}"} for each in below}

    def test_every_directory_has_a_policy(self, api: Api):
        _, made_with_an_application = api.application_with_directory()
        (of_the_tenant,) = api.get("/directories", name="My Application Directory").items

        for directory in (made_with_an_application, of_the_tenant):
            assert api.get(directory["passwordPolicy"]["href"], expand="strength").ok["strength"]["minLength"]

    def test_a_policy_is_expanded_in_its_directory(self, api: Api, directory: Json, policy: Json):
        assert api.get(directory["href"], expand="passwordPolicy").ok["passwordPolicy"] == policy

    def test_a_policy_can_be_changed_and_sent_back(self, api: Api, policy: Json):
        change = {
            "resetTokenTtl": "168",
            "resetEmailStatus": "disabled",
            "resetSuccessEmailStatus": "DISABLED",
        }

        changed = api.post(policy["href"], change).ok

        assert (changed["resetTokenTtl"], changed["resetEmailStatus"]) == (168, "DISABLED")
        assert api.get(policy["href"]).ok == api.post(policy["href"], changed).ok == changed

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"resetTokenTtl": 0}, 2013),
            ({"resetTokenTtl": 169}, 2013),
            ({"resetTokenTtl": "soon"}, 2004),
            ({"resetTokenTtl": None}, 2000),
            ({"resetEmailStatus": "MAYBE"}, 2003),
            ({"resetSuccessEmailStatus": "MAYBE"}, 2003),
            ({"bogus": 1}, 2015),
        ],
    )
    def test_invalid_values_are_refused(self, api: Api, policy: Json, change: Json, code: int):
        assert api.post(policy["href"], change).error == (400, code)
        assert api.get(policy["href"]).ok == policy

    def test_a_policy_can_neither_be_created_nor_deleted(self, api: Api, policy: Json, strength: str):
        for href in (policy["href"], strength):
            assert api.delete(href).error == (405, 1100)
        for path in ("/passwordPolicies", policy["resetEmailTemplates"]["href"]):
            assert api.post(path, {}).error == (405, 1100)

    def test_a_policy_is_deleted_with_its_directory(
        self, api: Api, directory: Json, policy: Json, strength: str
    ):
        (template,) = api.get(policy["resetEmailTemplates"]["href"]).items

        assert api.delete(directory["href"]).status == 204

        for href in (policy["href"], strength, template["href"], policy["resetEmailTemplates"]["href"]):
            assert api.get(href).error == (404, 404)


class TestAdministrators:
    @pytest.fixture
    def directory(self, api: Api) -> Json:
        return api.get("/directories", name="Stormpath Administrators").items[0]

    @pytest.mark.parametrize("body", [{}, {"resetTokenTtl": 1}, {"minLength": 1}, {"bogus": 1}])
    def test_the_policies_of_administrators_cannot_be_changed(
        self, api: Api, directory: Json, policy: Json, strength: str, body: Json
    ):
        creation_policy = directory["accountCreationPolicy"]["href"]
        (template,) = api.get(policy["resetEmailTemplates"]["href"]).items
        before = [api.get(each).ok for each in (policy["href"], strength, creation_policy)]

        for href in (policy["href"], strength, creation_policy, template["href"]):
            assert api.post(href, body).error == (403, 403)

        assert [api.get(each).ok for each in (policy["href"], strength, creation_policy)] == before


class TestStrength:
    def test_strength_has_the_documented_defaults(self, api: Api, directory: Json, strength: str):
        assert api.get(strength).ok == {
            "href": f"{api.base_url}/passwordPolicies/{id_of(directory)}/strength",
            "createdAt": directory["createdAt"],
            "modifiedAt": directory["createdAt"],
            "minLength": 8,
            "maxLength": 100,
            "minLowerCase": 1,
            "minUpperCase": 1,
            "minNumeric": 1,
            "minSymbol": 0,
            "minDiacritic": 0,
            "preventReuse": 0,
            "preventCommon": True,
        }

    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [
            ("minLength", 1, 100),
            ("maxLength", 8, 255),
            ("minLowerCase", 0, 255),
            ("minUpperCase", 0, 255),
            ("minNumeric", 0, 255),
            ("minSymbol", 0, 255),
            ("minDiacritic", 0, 255),
            ("preventReuse", 0, 25),
        ],
    )
    def test_minimum_and_maximum_of_each_value_are_accepted(
        self, api: Api, strength: str, name: str, low: int, high: int
    ):
        assert api.post(strength, {name: low}).ok[name] == low
        assert api.post(strength, {name: str(high)}).ok[name] == high

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"minLength": 0}, 2013),
            ({"minLength": 256}, 2013),
            ({"maxLength": 0}, 2013),
            ({"maxLength": 256}, 2013),
            ({"minLowerCase": -1}, 2013),
            ({"minUpperCase": 256}, 2013),
            ({"minNumeric": -1}, 2013),
            ({"minSymbol": 256}, 2013),
            ({"minDiacritic": -1}, 2013),
            ({"preventReuse": 26}, 2013),
            ({"preventReuse": -1}, 2013),
            ({"minLength": 101}, 2010),
            ({"maxLength": 7}, 2009),
            ({"minLength": 60, "maxLength": 50}, 2009),
            ({"minLength": "many"}, 2004),
            ({"minLength": None}, 2000),
        ],
    )
    def test_invalid_values_are_refused(self, api: Api, strength: str, change: Json, code: int):
        before = api.get(strength).ok

        answer = api.post(strength, change)

        assert answer.error == (400, code)
        assert code != 2013 or all(each in answer["message"] for each in (" between ", " and "))
        assert api.get(strength).ok == before

    def test_both_lengths_can_be_changed_together(self, api: Api, strength: str):
        moved = api.post(strength, {"minLength": 120, "maxLength": 120}).ok

        assert (moved["minLength"], moved["maxLength"]) == (120, 120)

    @pytest.mark.parametrize(
        ("rules", "good", "bad", "error"),
        [
            ({"minLength": 12}, "Changeme1234", "Changeme123", (400, 2007)),
            ({"maxLength": 9}, "Changeme2", "Changeme12", (400, 2008)),
            ({"minLowerCase": 3}, "ABCDEabc1", "ABCDEFab1", (400, 400)),
            ({"minUpperCase": 3}, "abcdeABC1", "abcdefAB1", (400, 400)),
            ({"minNumeric": 3}, "Fedcab123", "Fedcabg12", (400, 400)),
            ({"minSymbol": 2}, "Abcdef1!\u00bf", "Abcdefg1!", (400, 400)),
            ({"minDiacritic": 2}, "Abcdef1\u00c0\u00ff", "Abcdef1\u00c0\u0100", (400, 400)),
            (
                {"minLength": 1, "minLowerCase": 0, "minUpperCase": 0, "minNumeric": 0},
                "\u6f22",
                " ",
                (400, 2000),
            ),
        ],
    )
    def test_strength_applies_to_new_accounts_and_new_passwords(
        self, api: Api, directory: Json, strength: str, rules: Json, good: str, bad: str, error: tuple
    ):
        account = api.account(directory)
        api.post(strength, rules)

        assert creation(api, directory, bad).error == error
        assert api.post(account["href"], {"password": bad}).error == error
        assert creation(api, directory, good).status == 201
        assert api.post(account["href"], {"password": good}).status == 200

    def test_strength_applies_neither_to_other_directories_nor_to_existing_passwords(self, api: Api):
        application, directory = api.application_with_directory()
        account = api.account(directory)

        api.post(f"{directory['passwordPolicy']['href']}/strength", {"minLength": 50})

        assert api.log_in(application, "ada").status == 200
        assert api.post(account["href"], {"givenName": "Ada"}).status == 200
        assert api.account(api.directory("Other"))
        through_the_application = {"email": "b@example.com", "password": "Changeme1!"}
        assert api.post(application["accounts"]["href"], through_the_application).error == (400, 2007)


class TestReuse:
    REFUSED = (400, 6401)

    @staticmethod
    def change(api: Api, account: Json, number: int):
        return api.post(account["href"], {"password": f"Changeme{number}!"})

    def test_any_password_can_be_reused_where_prevention_is_off(self, api: Api, directory: Json):
        account = api.account(directory)

        assert self.change(api, account, 1).status == 200

    def test_a_history_of_one_forbids_the_current_password_only(
        self, api: Api, directory: Json, strength: str
    ):
        account = api.account(directory)
        api.post(strength, {"preventReuse": 1})

        refused = self.change(api, account, 1)

        assert refused.error == self.REFUSED
        assert "used before" in refused["message"]
        assert self.change(api, account, 2).status == 200
        assert self.change(api, account, 1).status == 200

    def test_the_history_is_kept_while_prevention_is_off(self, api: Api, directory: Json, strength: str):
        account = api.account(directory)
        for number in (2, 3, 4):
            self.change(api, account, number)

        api.post(strength, {"preventReuse": 3})

        assert [self.change(api, account, each).error for each in (4, 3, 2)] == [self.REFUSED] * 3
        assert self.change(api, account, 1).status == 200
        # Now 1, 4 and 3 are the latest.
        assert self.change(api, account, 3).error == self.REFUSED
        assert self.change(api, account, 2).status == 200

    def test_another_accounts_passwords_do_not_count(self, api: Api, directory: Json, strength: str):
        api.account(directory, "grace", password="Changeme2")
        account = api.account(directory)
        api.post(strength, {"preventReuse": 25})

        assert self.change(api, account, 2).status == 200

    def test_a_refused_change_changes_nothing(self, api: Api, strength: str):
        application, directory = api.application_with_directory()
        account = api.account(directory)
        api.post(f"{directory['passwordPolicy']['href']}/strength", {"preventReuse": 1})
        before = api.get(account["href"]).ok

        body = {"password": "Changeme1!", "givenName": "Ada"}
        assert api.post(account["href"], body).error == self.REFUSED

        assert api.get(account["href"]).ok == before
        assert api.log_in(application, "ada").status == 200

    def test_the_latest_twenty_five_are_kept_and_no_more(
        self, api: Api, service: Service, directory: Json, strength: str
    ):
        account = api.account(directory, password="Changeme0")
        for number in range(1, 28):
            self.change(api, account, number)
        api.post(strength, {"preventReuse": 25})

        assert self.change(api, account, 3).error == self.REFUSED
        assert len(earlier_hashes(service, account)) == 24
        assert self.change(api, account, 2).status == 200

    def test_the_history_is_deleted_with_the_account(self, api: Api, service: Service, directory: Json):
        account = api.account(directory)
        self.change(api, account, 2)
        assert len(earlier_hashes(service, account)) == 1

        api.delete(account["href"])

        assert earlier_hashes(service, account) == []

    def test_one_of_many_concurrent_changes_to_the_same_password_wins(
        self, api: Api, directory: Json, strength: str
    ):
        account = api.account(directory)
        api.post(strength, {"preventReuse": 1})

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(lambda _: self.change(api, account, 2), range(6)))

        assert Counter(each.status for each in answers) == {200: 1, 400: 5}


def earlier_hashes(service: Service, account: Json) -> list[str]:
    table = service.database.tables.password_history
    statement = sa.select(table.c.password_hash).where(table.c.account_id == id_of(account))
    with service.database.engine.connect() as connection:
        return list(connection.execute(statement).scalars())
