"""The pages that links in e-mails lead to: their contents and their forms (rest-core 6.12-6.14)."""

from collections.abc import Iterator

import pytest

from service.calls import Api, Json
from service.page_parser import (
    PAGES,
    RESET,
    VERIFICATION,
    ParsedPage,
    application_with_reset_token,
    open_page,
    reset_token,
    submit,
    submit_password,
    unverified_account,
    with_verification,
)
from stormpath.server.app import Service, now_ms, open_service
from stormpath.server.settings import Settings

WEAK = "short"
GOOD = "An0ther password"


class TestVerification:
    def test_opening_the_link_does_not_spend_the_token(self, api: Api):
        account, token = unverified_account(api)

        answers = [open_page(api, VERIFICATION, token, method=each) for each in ("GET", "HEAD", "GET")]

        assert [each.status for each in answers] == [200, 200, 200]
        assert api.get(account["href"]).ok == account

    def test_the_page_is_a_form_with_the_token_in_it_and_one_button(self, api: Api):
        _, token = unverified_account(api)

        page = ParsedPage(open_page(api, VERIFICATION, token))

        # The address has no query: it would appear in logs once more.
        assert page.all("form") == [{"method": "post", "action": "/emailVerificationTokens"}]
        assert page.all("input") == [{"type": "hidden", "name": "sptoken", "value": token}]
        assert len(page.all("button")) == 1

    def test_the_button_enables_the_account(self, api: Api):
        account, token = unverified_account(api)

        answer = submit(api, VERIFICATION, sptoken=token)

        assert answer.status == 200
        assert "Your e-mail address is confirmed." in ParsedPage(answer).main
        after = api.get(account["href"]).ok
        states = [after[each] for each in ("status", "emailVerificationStatus", "emailVerificationToken")]
        assert states == ["ENABLED", "VERIFIED", None]

    def test_a_link_works_once(self, api: Api):
        _, token = unverified_account(api)

        assert [submit(api, VERIFICATION, sptoken=token).status for _ in range(2)] == [200, 404]

    def test_the_application_is_named_where_the_account_came_through_one(self, api: Api):
        _, token = unverified_account(api, application="Atlas & Sons")

        pages = [open_page(api, VERIFICATION, token), submit(api, VERIFICATION, sptoken=token)]

        assert [ParsedPage(each).main.startswith("Atlas & Sons ") for each in pages] == [True, True]

    def test_no_application_is_named_where_the_account_came_through_none(self, api: Api):
        account = api.account(with_verification(api, api.directory()))
        token = account["emailVerificationToken"]["href"].rpartition("/")[2]

        page = ParsedPage(open_page(api, VERIFICATION, token))

        assert page.main.startswith("Confirm your address")
        assert submit(api, VERIFICATION, sptoken=token).status == 200


class TestPasswordReset:
    def test_opening_the_link_does_not_spend_the_token(self, api: Api):
        application, token = application_with_reset_token(api)

        answers = [open_page(api, RESET, token, method=each) for each in ("GET", "HEAD", "GET")]

        assert [each.status for each in answers] == [200, 200, 200]
        assert api.get(f"{application['href']}/passwordResetTokens/{token}").status == 200

    def test_the_form_asks_for_the_new_password_twice(self, api: Api):
        _, token = application_with_reset_token(api)

        page = ParsedPage(open_page(api, RESET, token))

        names = [each["name"] for each in page.all("input") if each.get("autocomplete") == "new-password"]
        assert names == ["password", "confirmation"]
        assert page.input(name="sptoken")["value"] == token
        # The name under which password managers store it.
        assert page.input(autocomplete="username")["value"] == "ada@example.com"
        assert "Atlas" in page.main

    def test_every_field_has_a_label(self, api: Api):
        _, token = application_with_reset_token(api)

        page = ParsedPage(open_page(api, RESET, token))

        fields = [each["id"] for each in page.all("input") if each["type"] not in ("hidden", "checkbox")]
        assert [each["for"] for each in page.all("label") if "for" in each] == fields

    def test_the_form_sets_the_password(self, api: Api):
        application, token = application_with_reset_token(api)

        answer = submit_password(api, token, GOOD)

        assert answer.status == 200
        assert "Your password has been changed." in ParsedPage(answer).main
        assert api.log_in(application, "ada", GOOD).status == 200
        assert api.log_in(application, "ada").error == (400, 7100)

    def test_using_one_of_several_links_revokes_the_others(self, api: Api):
        application, first = application_with_reset_token(api)
        second = reset_token(api, application)

        assert submit_password(api, second, GOOD).status == 200

        assert [open_page(api, RESET, each).status for each in (first, second)] == [404, 404]

    @pytest.mark.parametrize(
        ("password", "message"),
        [
            (WEAK, "Password must be at least 8 characters long."),
            ("no upper case 1", "Password requires at least 1 uppercase character."),
            ("", "Account password is required; it cannot be null, empty, or blank."),
            ("Aa1" * 100, "Password maximum length is 255, and yours is 300."),
            ("Aa1\0 password", "Password contains a character that cannot be stored."),
        ],
    )
    def test_a_password_that_the_api_refuses_is_refused_in_its_words_and_the_link_stays_good(
        self, api: Api, password: str, message: str
    ):
        application, token = application_with_reset_token(api)
        told = api.post(f"{application['href']}/passwordResetTokens/{token}", {"password": password})

        answer = submit_password(api, token, password)

        assert (answer.status, told.status) == (400, 400)
        assert message in ParsedPage(answer).main
        # Clients compare the message about a short one, which does not say how long it must be.
        told_in = "developerMessage" if told["code"] == 2007 else "message"
        assert message.casefold() == told[told_in].casefold()
        assert submit_password(api, token, GOOD).status == 200

    def test_a_password_that_was_used_before_is_refused_where_the_directory_says_so(self, api: Api):
        place, directory = api.application_with_directory()
        api.account(directory)
        strength = api.get(api.get(directory["passwordPolicy"]["href"]).ok["strength"]["href"]).ok
        assert api.post(strength["href"], {"preventReuse": 1}).status == 200
        token = reset_token(api, place)

        answer = submit_password(api, token, "Changeme1!")

        assert answer.status == 400
        assert "Password was used before. Please choose another one." in ParsedPage(answer).main

    def test_two_passwords_that_differ_are_refused_and_the_link_stays_good(self, api: Api):
        application, token = application_with_reset_token(api)

        answer = submit_password(api, token, GOOD, f"{GOOD} ")

        assert answer.status == 400
        assert "The two passwords differ." in ParsedPage(answer).main
        assert api.log_in(application, "ada").status == 200
        assert submit_password(api, token, GOOD).status == 200

    @pytest.mark.parametrize(("confirmation", "field"), [(WEAK, "password"), (GOOD, "confirmation")])
    def test_an_error_is_shown_beside_its_field(self, api: Api, confirmation: str, field: str):
        _, token = application_with_reset_token(api)

        page = ParsedPage(submit_password(api, token, WEAK, confirmation))

        alert = next(each for each in page.all("p") if each.get("role") == "alert")
        wrong = page.input(name=field)
        assert (wrong["aria-invalid"], wrong["aria-describedby"]) == ("true", alert["id"])
        assert [each.get("name") for each in page.all("input") if "aria-invalid" in each] == [field]
        assert page.texts["title"].startswith("Error: ")

    def test_no_password_is_shown_again(self, api: Api):
        _, token = application_with_reset_token(api)

        answers = [submit_password(api, token, "seen0nce", each) for each in ("seen0nce", "seen0nce, too")]

        assert [each.status for each in answers] == [400, 400]
        assert not any(b"seen0nce" in each.raw for each in answers)
        assert not any("value" in ParsedPage(each).input(name="password") for each in answers)

    @pytest.mark.parametrize(
        "password", ["Aa1 + 100% & =;#?", "Ärger 1 GroßE😀", " Spaces 1 ", "<b>Bold1</b>\"'"]
    )
    def test_a_password_arrives_as_it_was_typed(self, api: Api, password: str):
        application, token = application_with_reset_token(api)

        assert submit_password(api, token, password).status == 200

        assert api.log_in(application, "ada", password).status == 200


class TestUselessLinks:
    @pytest.fixture
    def nothing(self, api: Api) -> bytes:
        """The page for a link without a token."""
        return open_page(api, VERIFICATION).raw

    @pytest.fixture(
        params=["none", "garbage", "cut off", "used", "for the other page", "of a deleted account"]
    )
    def links(self, request: pytest.FixtureRequest, api: Api) -> dict[str, str]:
        """The token of a link to each page."""
        _, verification = unverified_account(api)
        _, reset = application_with_reset_token(api, application="Bridge")
        match request.param:
            case "none":
                return dict.fromkeys(PAGES, "")
            case "garbage":
                return dict.fromkeys(PAGES, "no token\0at all")
            case "cut off":
                return {VERIFICATION: verification[:-1], RESET: reset[:-1]}
            case "used":
                submit(api, VERIFICATION, sptoken=verification)
                submit_password(api, reset, GOOD)
            case "for the other page":
                return {VERIFICATION: reset, RESET: verification}
            case "of a deleted account":
                for each in api.every(f"{api.tenant}/accounts", email="ada@example.com"):
                    assert api.delete(each["href"]).status == 204
        return {VERIFICATION: verification, RESET: reset}

    def test_all_useless_links_get_the_same_page(self, api: Api, nothing: bytes, links: dict[str, str]):
        answers = [open_page(api, page, token) for page, token in links.items()]
        answers += [submit(api, VERIFICATION, sptoken=links[VERIFICATION])]
        # Faults of the passwords are not reported without a valid token.
        answers += [submit_password(api, links[RESET], each, GOOD) for each in (WEAK, GOOD)]

        assert [each.status for each in answers] == [404] * 5
        assert {each.raw for each in answers} == {nothing}

    def test_a_reset_link_of_a_deleted_application_sets_no_password(self, api: Api, nothing: bytes):
        application, token = application_with_reset_token(api)
        assert api.delete(application["href"]).status == 204

        answers = [open_page(api, RESET, token), submit_password(api, token, GOOD)]

        assert [(each.status, each.raw) for each in answers] == [(404, nothing)] * 2

    def test_a_verification_link_of_a_deleted_application_still_verifies(self, api: Api):
        account, token = unverified_account(api)
        application = next(each for each in api.every("/applications") if each["name"] == "Atlas")
        assert api.delete(application["href"]).status == 204

        assert submit(api, VERIFICATION, sptoken=token).status == 200

        assert api.get(account["href"]).ok["status"] == "ENABLED"

    def test_an_expired_link_gets_the_same_page(self, initialized_database_url: str):
        late = 0
        settings = Settings.from_environment(database=initialized_database_url)
        service = Service(settings, clock=lambda: now_ms() + late)
        try:
            api = caller(service)
            _, token = application_with_reset_token(api)
            good = open_page(api, RESET, token)
            late = (24 * 60 * 60 + 1) * 1000

            answers = [open_page(api, RESET, token), submit_password(api, token, GOOD)]

            assert good.status == 200
            assert [each.status for each in answers] == [404, 404]
        finally:
            service.close()

    def test_the_page_says_what_to_do(self, api: Api):
        page = ParsedPage(open_page(api, RESET, "used"))

        assert page.texts["h1"] == "This link cannot be used"
        assert "ask for a new one" in page.main


@pytest.mark.both_databases
def test_a_token_leads_to_its_own_tenant(api: Api, stranger: Api):
    (ours, token), (theirs, _) = application_with_reset_token(api), application_with_reset_token(stranger)

    # Without credentials: no key names the tenant.
    assert submit_password(stranger, token, GOOD).status == 200

    assert api.log_in(ours, "ada", GOOD).status == 200
    assert stranger.log_in(theirs, "ada").status == 200


def test_an_api_key_makes_no_difference(api: Api):
    _, token = unverified_account(api)

    for credentials in ({"Authorization": "Basic bm86Ym9keQ=="}, {"Authorization": "nonsense"}, None):
        answer = api.request("GET", f"{VERIFICATION}?sptoken={token}", credentials=credentials)
        assert answer.status == 200


def test_parameters_that_others_add_to_a_link_are_ignored(api: Api):
    _, reset = application_with_reset_token(api)
    _, verification = unverified_account(api, "lin", "Apollo")
    added = ("nocache=true&nocache=1", "utm_source=mail&utm_source=mail", "a&b=", "%FF=%FF", "x=1&" * 20)

    for path, token in ((RESET, reset), (VERIFICATION, verification)):
        for each in added:
            page = api.request("GET", f"{path}?{each}&sptoken={token}", credentials={})
            assert page.status == 200, each
            repeated = f"{path}?sptoken={token}&{each}&sptoken={token}"
            assert api.request("GET", repeated, credentials={}).status == 404


@pytest.mark.parametrize("spelling", ["/passwordReset/", "//passwordReset"])
def test_extra_slashes_in_the_path_are_ignored(api: Api, spelling: str):
    _, token = application_with_reset_token(api)

    page = api.request("GET", f"http://localhost:8080{spelling}?sptoken={token}", credentials={})

    assert page.status == 200
    assert ParsedPage(page).all("form")[0]["action"] == "/passwordReset"


class TestBelowAPath:
    """The base URL has a path: the links in e-mails lead to its host, and so do the pages."""

    @pytest.fixture
    def api(self, initialized_database_url: str) -> Iterator[Api]:
        service = open_service(initialized_database_url, "https://id.example.com/users/v1")
        yield caller(service)
        service.close()

    def test_the_default_links_lead_to_the_pages(self, api: Api):
        _, token = application_with_reset_token(api)
        _, verification = unverified_account(api, "grace", "Bridge")
        directory = next(each for each in api.every("/directories") if each["name"] == "Atlas People")

        links = {token: link_of(api, directory, "passwordPolicy", "resetEmailTemplates")}
        links[verification] = link_of(api, directory, "accountCreationPolicy", "verificationEmailTemplates")

        assert all(each.startswith("https://id.example.com/") for each in links.values())
        for token, page in links.items():
            answer = open_page(api, page, token)
            assert answer.status == 200
            assert f"https://id.example.com{ParsedPage(answer).all('form')[0]['action']}" == page


def link_of(api: Api, directory: Json, policy: str, templates: str) -> str:
    (template,) = api.get(api.get(directory[policy]["href"]).ok[templates]["href"]).items
    return str(template["defaultModel"]["linkBaseUrl"])


def caller(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())
