"""The pages to which links in e-mails lead: what they show, and what their forms do (rest-core 6.12-6.14)."""

from collections.abc import Iterator

import pytest

from service.calls import Api, Json
from service.pages import (
    PAGES,
    RESET,
    VERIFICATION,
    Seen,
    forgetful,
    opened,
    reset_token,
    sent,
    sent_password,
    unverified,
    verifying,
)
from stormpath.server.app import Service, now_ms, open_service
from stormpath.server.settings import Settings

pytestmark = pytest.mark.either_database

WEAK = "short"
GOOD = "An0ther password"


class TestVerification:
    def test_opening_the_link_spends_nothing(self, api: Api):
        account, token = unverified(api)

        answers = [opened(api, VERIFICATION, token, method=each) for each in ("GET", "HEAD", "GET")]

        assert [each.status for each in answers] == [200, 200, 200]
        assert api.get(account["href"]).ok == account

    def test_the_page_is_a_form_with_the_token_in_it_and_one_button(self, api: Api):
        _, token = unverified(api)

        page = Seen(opened(api, VERIFICATION, token))

        # The address has no query: it is written into logs once more.
        assert page.all("form") == [{"method": "post", "action": "/emailVerificationTokens"}]
        assert page.all("input") == [{"type": "hidden", "name": "sptoken", "value": token}]
        assert len(page.all("button")) == 1

    def test_the_button_enables_the_account(self, api: Api):
        account, token = unverified(api)

        answer = sent(api, VERIFICATION, sptoken=token)

        assert answer.status == 200
        assert "Your e-mail address is confirmed." in Seen(answer).main
        after = api.get(account["href"]).ok
        states = [after[each] for each in ("status", "emailVerificationStatus", "emailVerificationToken")]
        assert states == ["ENABLED", "VERIFIED", None]

    def test_the_link_is_good_once(self, api: Api):
        _, token = unverified(api)

        assert [sent(api, VERIFICATION, sptoken=token).status for _ in range(2)] == [200, 404]

    def test_the_application_is_named_where_the_account_came_through_one(self, api: Api):
        _, token = unverified(api, application="Atlas & Sons")

        pages = [opened(api, VERIFICATION, token), sent(api, VERIFICATION, sptoken=token)]

        assert [Seen(each).main.startswith("Atlas & Sons ") for each in pages] == [True, True]

    def test_without_an_application_none_is_named(self, api: Api):
        account = api.account(verifying(api, api.directory()))
        token = account["emailVerificationToken"]["href"].rpartition("/")[2]

        page = Seen(opened(api, VERIFICATION, token))

        assert page.main.startswith("Confirm your address")
        assert sent(api, VERIFICATION, sptoken=token).status == 200


class TestPasswordReset:
    def test_opening_the_link_spends_nothing(self, api: Api):
        application, token = forgetful(api)

        answers = [opened(api, RESET, token, method=each) for each in ("GET", "HEAD", "GET")]

        assert [each.status for each in answers] == [200, 200, 200]
        assert api.get(f"{application['href']}/passwordResetTokens/{token}").status == 200

    def test_the_form_asks_for_the_new_password_twice(self, api: Api):
        _, token = forgetful(api)

        page = Seen(opened(api, RESET, token))

        names = [each["name"] for each in page.all("input") if each.get("autocomplete") == "new-password"]
        assert names == ["password", "confirmation"]
        assert page.input(name="sptoken")["value"] == token
        # What password managers file it under.
        assert page.input(autocomplete="username")["value"] == "ada@example.com"
        assert "Atlas" in page.main

    def test_every_field_has_a_label(self, api: Api):
        _, token = forgetful(api)

        page = Seen(opened(api, RESET, token))

        fields = [each["id"] for each in page.all("input") if each["type"] not in ("hidden", "checkbox")]
        assert [each["for"] for each in page.all("label") if "for" in each] == fields

    def test_the_form_sets_the_password(self, api: Api):
        application, token = forgetful(api)

        answer = sent_password(api, token, GOOD)

        assert answer.status == 200
        assert "Your password has been changed." in Seen(answer).main
        assert api.log_in(application, "ada", GOOD).status == 200
        assert api.log_in(application, "ada").refusal == (400, 7100)

    def test_of_several_links_one_can_be_used(self, api: Api):
        application, first = forgetful(api)
        second = reset_token(api, application)

        assert sent_password(api, second, GOOD).status == 200

        assert [opened(api, RESET, each).status for each in (first, second)] == [404, 404]

    @pytest.mark.parametrize(
        ("password", "message"),
        [
            (WEAK, "Password must be at least 8 characters long."),
            ("no upper case 1", "Password requires at least 1 uppercase character."),
            ("", "Password is required; it cannot be null, empty, or blank."),
            ("Aa1" * 100, "Password maximum length is 255, and yours is 300."),
            ("Aa1\0 password", "Password contains a character that cannot be stored."),
        ],
    )
    def test_a_password_that_the_api_refuses_is_refused_in_its_words_and_the_link_stays_good(
        self, api: Api, password: str, message: str
    ):
        application, token = forgetful(api)
        told = api.post(f"{application['href']}/passwordResetTokens/{token}", {"password": password})

        answer = sent_password(api, token, password)

        assert (answer.status, told.status) == (400, 400)
        assert message in Seen(answer).main
        assert message.casefold() == told["message"].casefold()
        assert sent_password(api, token, GOOD).status == 200

    def test_a_password_that_was_used_before_is_refused_where_the_directory_says_so(self, api: Api):
        place, directory = api.application_with_directory()
        api.account(directory)
        strength = api.get(api.get(directory["passwordPolicy"]["href"]).ok["strength"]["href"]).ok
        assert api.post(strength["href"], {"preventReuse": 1}).status == 200
        token = reset_token(api, place)

        answer = sent_password(api, token, "Changeme1")

        assert answer.status == 400
        assert "Password was used before. Please choose another one." in Seen(answer).main

    def test_two_passwords_that_differ_are_refused_and_the_link_stays_good(self, api: Api):
        application, token = forgetful(api)

        answer = sent_password(api, token, GOOD, f"{GOOD} ")

        assert answer.status == 400
        assert "The two passwords differ." in Seen(answer).main
        assert api.log_in(application, "ada").status == 200
        assert sent_password(api, token, GOOD).status == 200

    @pytest.mark.parametrize(("confirmation", "field"), [(WEAK, "password"), (GOOD, "confirmation")])
    def test_what_is_wrong_is_told_beside_its_field(self, api: Api, confirmation: str, field: str):
        _, token = forgetful(api)

        page = Seen(sent_password(api, token, WEAK, confirmation))

        alert = next(each for each in page.all("p") if each.get("role") == "alert")
        wrong = page.input(name=field)
        assert (wrong["aria-invalid"], wrong["aria-describedby"]) == ("true", alert["id"])
        assert [each.get("name") for each in page.all("input") if "aria-invalid" in each] == [field]
        assert page.texts["title"].startswith("Error: ")

    def test_no_password_is_shown_again(self, api: Api):
        _, token = forgetful(api)

        answers = [sent_password(api, token, "seen0nce", each) for each in ("seen0nce", "seen0nce, too")]

        assert [each.status for each in answers] == [400, 400]
        assert not any(b"seen0nce" in each.raw for each in answers)
        assert not any("value" in Seen(each).input(name="password") for each in answers)

    @pytest.mark.parametrize(
        "password", ["Aa1 + 100% & =;#?", "Ärger 1 GroßE😀", " Spaces 1 ", "<b>Bold1</b>\"'"]
    )
    def test_a_password_arrives_as_it_was_typed(self, api: Api, password: str):
        application, token = forgetful(api)

        assert sent_password(api, token, password).status == 200

        assert api.log_in(application, "ada", password).status == 200


class TestLinksThatCannotBeUsed:
    @pytest.fixture
    def nothing(self, api: Api) -> bytes:
        """The page for a link without a token."""
        return opened(api, VERIFICATION).raw

    @pytest.fixture(
        params=["none", "garbage", "cut off", "used", "for the other page", "of a deleted account"]
    )
    def links(self, request: pytest.FixtureRequest, api: Api) -> dict[str, str]:
        """The token of a link to each page."""
        _, verification = unverified(api)
        _, reset = forgetful(api, application="Bridge")
        match request.param:
            case "none":
                return dict.fromkeys(PAGES, "")
            case "garbage":
                return dict.fromkeys(PAGES, "no token\0at all")
            case "cut off":
                return {VERIFICATION: verification[:-1], RESET: reset[:-1]}
            case "used":
                sent(api, VERIFICATION, sptoken=verification)
                sent_password(api, reset, GOOD)
            case "for the other page":
                return {VERIFICATION: reset, RESET: verification}
            case "of a deleted account":
                for each in api.every(f"{api.tenant}/accounts", email="ada@example.com"):
                    assert api.delete(each["href"]).status == 204
        return {VERIFICATION: verification, RESET: reset}

    def test_they_all_get_the_same_page(self, api: Api, nothing: bytes, links: dict[str, str]):
        answers = [opened(api, page, token) for page, token in links.items()]
        answers += [sent(api, VERIFICATION, sptoken=links[VERIFICATION])]
        # What is wrong with the passwords is not told to whoever has no token.
        answers += [sent_password(api, links[RESET], each, GOOD) for each in (WEAK, GOOD)]

        assert [each.status for each in answers] == [404] * 5
        assert {each.raw for each in answers} == {nothing}

    def test_one_of_a_deleted_application_sets_no_password(self, api: Api, nothing: bytes):
        application, token = forgetful(api)
        assert api.delete(application["href"]).status == 204

        answers = [opened(api, RESET, token), sent_password(api, token, GOOD)]

        assert [(each.status, each.raw) for each in answers] == [(404, nothing)] * 2

    def test_one_of_a_deleted_application_still_verifies(self, api: Api):
        account, token = unverified(api)
        application = next(each for each in api.every("/applications") if each["name"] == "Atlas")
        assert api.delete(application["href"]).status == 204

        assert sent(api, VERIFICATION, sptoken=token).status == 200

        assert api.get(account["href"]).ok["status"] == "ENABLED"

    def test_one_that_has_expired_is_among_them(self, initialized_database_url: str):
        late = 0
        settings = Settings.from_environment(database=initialized_database_url)
        service = Service(settings, clock=lambda: now_ms() + late)
        try:
            api = caller(service)
            _, token = forgetful(api)
            good = opened(api, RESET, token)
            late = (24 * 60 * 60 + 1) * 1000

            answers = [opened(api, RESET, token), sent_password(api, token, GOOD)]

            assert good.status == 200
            assert [each.status for each in answers] == [404, 404]
        finally:
            service.close()

    def test_the_page_says_what_to_do(self, api: Api):
        page = Seen(opened(api, RESET, "used"))

        assert page.texts["h1"] == "This link cannot be used"
        assert "ask for a new one" in page.main


@pytest.mark.both_databases
def test_a_token_leads_to_its_own_tenant(api: Api, stranger: Api):
    (ours, token), (theirs, _) = forgetful(api), forgetful(stranger)

    # Whoever calls: there is no key that could say which tenant.
    assert sent_password(stranger, token, GOOD).status == 200

    assert api.log_in(ours, "ada", GOOD).status == 200
    assert stranger.log_in(theirs, "ada").status == 200


def test_an_api_key_makes_no_difference(api: Api):
    _, token = unverified(api)

    for credentials in ({"Authorization": "Basic bm86Ym9keQ=="}, {"Authorization": "nonsense"}, None):
        answer = api.request("GET", f"{VERIFICATION}?sptoken={token}", credentials=credentials)
        assert answer.status == 200


@pytest.mark.parametrize("spelling", ["/passwordReset/", "//passwordReset"])
def test_slashes_too_many_are_overlooked(api: Api, spelling: str):
    _, token = forgetful(api)

    page = api.request("GET", f"http://localhost:8080{spelling}?sptoken={token}", credentials={})

    assert page.status == 200
    assert Seen(page).all("form")[0]["action"] == "/passwordReset"


class TestBelowAPath:
    """The base URL has a path: the links in e-mails lead to its host, and so do the pages."""

    @pytest.fixture
    def api(self, initialized_database_url: str) -> Iterator[Api]:
        service = open_service(initialized_database_url, "https://id.example.com/users/v1")
        yield caller(service)
        service.close()

    def test_the_default_links_lead_to_the_pages(self, api: Api):
        _, token = forgetful(api)
        _, verification = unverified(api, "grace", "Bridge")
        directory = next(each for each in api.every("/directories") if each["name"] == "Atlas People")

        links = {token: link_of(api, directory, "passwordPolicy", "resetEmailTemplates")}
        links[verification] = link_of(api, directory, "accountCreationPolicy", "verificationEmailTemplates")

        assert all(each.startswith("https://id.example.com/") for each in links.values())
        for token, page in links.items():
            answer = opened(api, page, token)
            assert answer.status == 200
            assert f"https://id.example.com{Seen(answer).all('form')[0]['action']}" == page


def link_of(api: Api, directory: Json, policy: str, templates: str) -> str:
    (template,) = api.get(api.get(directory[policy]["href"]).ok[templates]["href"]).items
    return str(template["defaultModel"]["linkBaseUrl"])


def caller(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())
