"""Login names with colons and with blanks around them, and how a login is split."""

from collections.abc import Callable

import pytest

from service.calls import Api, Json, id_of, link
from stormpath.server.app import Service
from stormpath.server.domain.logins import MOST_COLONS
from support.statements import statements, without_key_lookups

Place = tuple[Json, Json]


@pytest.fixture
def place(api: Api) -> Place:
    return api.application_with_directory()


@pytest.fixture
def named(service: Service, api: Api, place: Place) -> Callable[..., Json]:
    """Make an account with a username as an earlier version has stored it."""

    def make(name: str, username: str, **attributes: str) -> Json:
        account = api.account(place[1], name, **attributes)
        accounts = service.database.tables.of["account"]
        with service.database.transaction() as connection:
            renamed = accounts.update().where(accounts.c.id == id_of(account))
            connection.execute(renamed.values(username=username, username_key=username))
        return account

    return make


class TestColons:
    @pytest.mark.parametrize(
        ("names", "logins"),
        [
            ({"username": "00:1B:44:11"}, ["00:1B:44:11", "00:1b:44:11", "m@example.com"]),
            ({"email": "a:b@example.com"}, ["a:b@example.com", "A:B@EXAMPLE.COM", "m"]),
            ({"username": ":"}, [":"]),
            ({"username": "ada:"}, ["ada:"]),
            ({"username": ":ada"}, [":ada"]),
            ({"username": "a" + ":b" * MOST_COLONS}, ["a" + ":b" * MOST_COLONS]),
            ({"username": "Straße:Ä"}, ["STRASSE:a\u0308"]),
        ],
    )
    def test_names_with_colons_log_in(self, api: Api, place: Place, names: Json, logins: list[str]):
        account = api.account(place[1], "m", **names)

        for login in logins:
            assert api.log_in(place[0], login).ok["account"] == link(account)
            assert api.log_in(place[0], login, "wrong").error == (400, 7100)

    @pytest.mark.parametrize("password", ["Change:me1", ":Changeme1:", "::::Aa1" + ":" * 40])
    def test_passwords_may_have_colons_too(self, api: Api, place: Place, password: str):
        account = api.account(place[1], "m", username="00:1B", password=password)

        for login in ("00:1B", "m@example.com"):
            assert api.log_in(place[0], login, password).ok["account"] == link(account)
            assert api.log_in(place[0], login, password[:-1]).error == (400, 7100)

    @pytest.mark.parametrize("attribute", ["username", "email"])
    def test_a_name_with_more_colons_than_a_login_is_split_at_is_refused(
        self, api: Api, place: Place, attribute: str
    ):
        account = api.account(place[1])
        name = ":" * (MOST_COLONS + 1) + "@example.com"

        body = {"email": "x@example.com", "password": "Changeme1!", attribute: name}
        assert api.post(place[1]["accounts"]["href"], body).error == (400, 2006)
        assert api.post(account["href"], {attribute: name}).error == (400, 2006)
        assert api.get(account["href"]).ok == account

    @pytest.mark.parametrize("kind", ["directory", "group", "organization"])
    def test_so_it_is_in_one_store(self, api: Api, place: Place, kind: str):
        application, directory = place
        store, account = directory, api.account(directory, "m", username="00:1B")
        if kind == "group":
            store = api.group(directory)
            api.membership(account, store)
        if kind == "organization":
            store = api.organization()
            api.organization_mapping(store, directory)
            api.mapping(application, store)

        assert api.log_in(application, "00:1B", "Changeme1!", store).ok["account"] == link(account)
        assert api.log_in(application, "00:1C", "Changeme1!", store).error == (400, 7104)

    @pytest.mark.both_databases
    def test_the_longest_name_decides_in_whatever_store_it_is(self, api: Api, place: Place):
        application, first = place
        second = api.directory("Second")
        api.mapping(application, second)
        short = api.account(first, "ada", password="Changeme1!")
        long = api.account(second, "x", username="ada:Ch", password="Changeme2!")

        assert api.log_in(application, "ada:Ch", "Changeme2!").ok["account"] == link(long)
        assert api.log_in(application, "ada", "Changeme1!").ok["account"] == link(short)
        # The other password would be right: one hash is computed, and which one tells nothing.
        api.post(short["href"], {"password": "Ch:angeme1!"})
        assert api.log_in(application, "ada", "Ch:angeme1!").error == (400, 7100)
        assert api.log_in(application, "ada", "Ch:angeme1!", first).ok["account"] == link(short)

    @pytest.mark.both_databases
    def test_of_one_name_the_first_store_decides_and_the_address_wins(self, api: Api, place: Place):
        application, first = place
        second = api.directory("Second")
        api.mapping(application, second)
        of_first = api.account(first, "x", username="a:b@example.com", password="Changeme1!")
        of_second = api.account(second, "y", email="a:b@example.com", password="Changeme2!")
        assert api.log_in(application, "a:b@example.com", "Changeme2!").error == (400, 7100)
        assert api.log_in(application, "a:b@example.com", "Changeme1!").ok["account"] == link(of_first)

        other = api.account(first, "z", email="a:b@example.com", password="Changeme3!")

        assert api.log_in(application, "a:b@example.com", "Changeme3!").ok["account"] == link(other)
        assert api.log_in(application, "a:b@example.com", "Changeme2!", second).ok["account"] == link(
            of_second
        )

    def test_accounts_of_other_tenants_and_stores_are_not_found(self, api: Api, place: Place):
        api.account(api.directory("Unmapped"), "x", username="00:1B")

        assert api.log_in(place[0], "00:1B").error == (400, 7104)


class TestBlanks:
    @pytest.mark.parametrize("around", ["  %s", "%s ", "\t%s\n", "\u00a0%s\u3000"])
    def test_blanks_around_a_login_are_left_out(self, api: Api, place: Place, around: str):
        account = api.account(place[1])

        for login in ("ada", "ADA@example.com"):
            assert api.log_in(place[0], around % login).ok["account"] == link(account)

    def test_blanks_in_a_login_and_in_a_password_count(self, api: Api, place: Place):
        api.account(place[1], username="ada king", password=" Changeme1! ")

        assert api.log_in(place[0], " ada king ", " Changeme1! ").status == 200
        assert api.log_in(place[0], "adaking", " Changeme1! ").error == (400, 7104)
        assert api.log_in(place[0], "ada king", "Changeme1!").error == (400, 7100)

    def test_an_account_with_blanks_from_before_logs_in_and_goes_first(
        self, api: Api, place: Place, named: Callable[..., Json]
    ):
        old = named("old", " ada ", password="Changeme2!")
        new = api.account(place[1], "ada")

        assert api.log_in(place[0], " ada ", "Changeme2!").ok["account"] == link(old)
        assert api.log_in(place[0], " ada ", "Changeme1!").error == (400, 7100)
        assert api.log_in(place[0], "ada").ok["account"] == link(new)

    def test_blanks_around_names_are_not_stored(self, api: Api, place: Place):
        account = api.account(place[1], username=" ada ", email="\tada@example.com ")
        changed = api.post(account["href"], {"username": "\u00a0Countess ", "email": " c@example.com"}).ok

        assert (account["username"], account["email"]) == ("ada", "ada@example.com")
        assert (changed["username"], changed["email"]) == ("Countess", "c@example.com")
        assert api.post(account["href"], {"username": "  "}).error == (400, 2007)

    def test_a_name_with_blanks_is_sent_back_as_it_is_and_may_be_mended(
        self, api: Api, named: Callable[..., Json]
    ):
        old = api.get(named("old", " ada ")["href"]).ok

        assert api.post(old["href"], old | {"surname": "King"}).ok["username"] == " ada "
        assert api.post(old["href"], {"username": "ada"}).ok["username"] == "ada"

    def test_blanks_around_a_name_key_are_left_out(self, api: Api, place: Place):
        organization, directory = api.organization_with_directory()
        api.mapping(place[0], organization)
        api.account(directory)

        assert api.log_in(place[0], "ada", name_key=" Acme\u00a0").status == 200


def test_a_login_that_may_mean_several_names_costs_one_more_statement(
    service: Service, api: Api, place: Place
):
    api.account(place[1])
    api.account(place[1], "m", username="00:1B:44:11")

    found = []
    for login in ("ada", "nobody", "00:1B:44:11", " ada ", ":".join("a" * MOST_COLONS)):
        api.log_in(place[0], login)
        with statements(service) as sent:
            api.log_in(place[0], login)
        found.append(len(without_key_lookups(sent)))

    # The application, which of several names it is, and the account; of none, also whether there are stores.
    assert found == [2, 3, 3, 3, 4]
