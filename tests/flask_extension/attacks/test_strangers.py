"""What a stranger tries with the forms: forged, huge and odd ones, and what the answers tell."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_extension.sites import ADDRESS, PASSWORD, NewSite, Site
from stormpath.testing import emails
from support.request_counts import RequestCount

_numbers = itertools.count(1)

VIEWS = {"STORMPATH_ENABLE_FORGOT_PASSWORD": True, "STORMPATH_ENABLE_VERIFY_EMAIL": True}
NEW = "Different2!"
#: Each form of a stranger, and what it sends.
FORMS = {
    "/register": {"given_name": "Joe", "surname": "Doe", "email": "eve@example.com", "password": PASSWORD},
    "/login": {"login": ADDRESS, "password": PASSWORD},
    "/forgot": {"email": ADDRESS},
    "/verify": {"login": ADDRESS},
    "/forgot/change": {"password": NEW, "password_again": NEW},
}
TOO_OLD = "Please try again."


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """An app with all of a stranger's views, and an account."""
    site = new_site(**VIEWS)
    site.add()
    return site


def query(site: Site, path: str) -> dict[str, str]:
    if path != "/forgot/change":
        return {}
    return {"sptoken": str(site.application.password_reset_tokens.create({"email": ADDRESS}).token)}


def post(site: Site, path: str, **options):
    return site.browser.post(path, **{"data": FORMS[path], **options})


# Forged requests.


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", [None, "", "forged", "of another session"])
def test_a_form_of_another_site_does_nothing(new_site: NewSite, path: str, token: str | None):
    site = new_site(WTF_CSRF_ENABLED=True, **VIEWS)
    account = site.add()
    sent = query(site, path)
    if token == "of another session":
        page = site.other_browser().get("/login").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        assert token
    site.browser.get("/login")
    requests = site.count()

    answer = post(
        site, path, query_string=sent, data=FORMS[path] | ({} if token is None else {"csrf_token": token})
    )

    assert (answer.status_code, TOO_OLD in answer.text) == (200, True)
    assert [method for method, _ in requests.sent if method != "GET"] == []
    assert not site.is_logged_in()
    assert [each.href for each in site.application.accounts] == [account.href]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""]
)
def test_json_that_another_site_can_send_is_not_read_as_json(new_site: NewSite, kind: str):
    site = new_site(WTF_CSRF_ENABLED=True)
    site.add()
    body = '{"login": "joe@example.com", "password": "Changeme1!"}'

    for accept in ("application/json", "text/html"):
        site.browser.post("/login", data=body, content_type=kind, headers={"Accept": accept})

    assert not site.is_logged_in()


# Huge and odd input.


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_large_body_is_refused_before_it_is_read(site: Site, path: str, as_json: bool):
    sent = query(site, path)
    requests = site.count()
    body = FORMS[path] | {"more": "x" * 70_000}

    answer = site.browser.post(path, query_string=sent, **({"json": body} if as_json else {"data": body}))

    assert answer.status_code == 413
    assert requests == 0


@pytest.mark.parametrize("path", ["/register", "/login", "/forgot", "/verify"])
def test_long_fields_are_refused_before_anything_works_on_them(site: Site, path: str):
    for field in FORMS[path]:
        requests = site.count()
        answer = post(site, path, data=FORMS[path] | {field: "x@" * 2_001})
        assert (answer.status_code, "This is too long." in answer.text) == (200, True)
        assert requests == 0


@pytest.mark.parametrize(
    "text", ["\x00", "joe\x00@example.com", "a:b:c", "\u202ejoe", "😀" * 100, "' OR 1=1 --", "*", "joe*", "%"]
)
def test_odd_logins_are_wrong_ones(site: Site, text: str):
    page = site.log_in(text)

    assert page.status_code == 200
    assert not site.is_logged_in()


@pytest.mark.parametrize("path", ["/register", "/login", "/forgot", "/verify"])
def test_what_was_typed_is_shown_as_text(site: Site, path: str):
    markup = "\"><script>alert('1')</script>"
    for field in FORMS[path]:
        page = post(site, path, data=FORMS[path] | {field: markup}).text
        assert "<script>alert" not in page


@pytest.mark.parametrize(
    "place", ["/login?status=", "/login?next=", "/register?next=", "/forgot?status=", "/verify?sptoken="]
)
def test_what_the_query_holds_is_not_markup_on_the_page(site: Site, place: str):
    assert "<script" not in site.browser.get(f'{place}"><script>alert(1)</script>').text


# What a registration may set.


def test_a_registration_sets_nothing_that_it_was_not_asked_for(site: Site):
    more = {
        "status": "DISABLED",
        "username": "admin",
        "href": "x",
        "custom_data": "x",
        "customData": "x",
        "emailVerificationStatus": "VERIFIED",
        "organizationNameKey": "x",
        "groups": "admins",
    }
    site.register(email="eve@example.com", **more)

    (made,) = site.application.accounts.search({"email": "eve@example.com"})
    assert (made.username, made.status) == ("eve@example.com", "ENABLED")
    assert made.email_verification_status != "VERIFIED"
    assert {*made.custom_data} == {"created_at", "modified_at"}
    assert not len(made.groups)


# Where people are sent.


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/\tevil"]
)
def test_no_view_sends_people_elsewhere(site: Site, target: str):
    answers = [
        site.browser.post("/register", query_string={"next": target}, data=FORMS["/register"]),
        site.browser.post("/logout", query_string={"next": target}),
        site.browser.get("/logout", query_string={"next": target}),
        site.browser.post("/login", query_string={"next": target}, data=FORMS["/login"]),
    ]

    assert [(each.status_code, each.location) for each in answers] == [(302, "/")] * 4


# What answers tell.


def test_a_forgotten_password_costs_one_request_for_known_and_unknown_addresses(site: Site):
    requests, counted = site.count(), []
    for email in (ADDRESS, "eve@example.com"):
        requests.reset()
        post(site, "/forgot", data={"email": email})
        counted.append(list(requests.sent))

    assert counted[0] == counted[1]
    assert len(counted[0]) == 1


def test_a_resend_costs_the_same_requests_for_known_and_unknown_people(site: Site):
    post(site, "/verify", data={"login": "first@example.com"})
    requests, counted = site.count(), []
    for login in (ADDRESS, "eve@example.com"):
        requests.reset()
        post(site, "/verify", data={"login": login})
        counted.append(list(requests.sent))

    assert counted[0] == counted[1]


def test_a_login_costs_the_same_requests_for_known_and_unknown_people(site: Site):
    requests, counted = site.count(), []
    for login in (ADDRESS, "eve@example.com"):
        requests.reset()
        site.log_in(login, "wrong")
        counted.append(list(requests.sent))

    assert counted[0] == counted[1]
    assert len(counted[0]) == 1


# The limits of the service.


@pytest.mark.parametrize("path", [each for each in FORMS if each != "/forgot/change"])
def test_the_address_of_the_person_goes_along(site: Site, path: str):
    site.manager.application.refresh()
    executor, addresses = site.manager.client.data_store.executor, []

    class Watching(RequestCount):
        def post(self, *arguments, **options):
            addresses.append(executor.end_user and executor.end_user())
            return super().post(*arguments, **options)

    site.manager.client.data_store.executor = Watching(executor)

    post(site, path, environ_base={"REMOTE_ADDR": "203.0.113.7"})

    assert addresses
    assert {*addresses} == {"203.0.113.7"}


@pytest.mark.parametrize("address", [None, "", "unix:", "localhost", "203.0.113.7:80"])
def test_a_server_that_knows_no_address_serves_people_too(site: Site, address: str | None):
    assert post(site, "/login", environ_base={"REMOTE_ADDR": address}).status_code == 302


def test_guesses_are_limited_and_told_as_such(site: Site):
    pages = [site.log_in(password=f"wrong {number}") for number in range(12)]

    assert {each.status_code for each in pages} == {200}
    assert "Invalid username or password." in pages[0].text
    assert "Invalid username or password." not in pages[-1].text
    assert site.log_in().status_code == 200, "the right one waits too"


def test_the_session_holds_no_secret(site: Site):
    site.register(email="eve@example.com")
    site.browser.get("/logout")
    site.log_in(password="a-wrong-one")
    site.log_in()

    with site.browser.session_transaction() as session:
        held = repr(dict(session))
    assert PASSWORD not in held
    assert "a-wrong-one" not in held


# Registrations with an address that is taken, where addresses are verified.


@pytest.fixture
def verifying(new_site: NewSite) -> Site:
    """An app that verifies addresses, with an account, and with one that is not verified."""
    site = new_site(STORMPATH_VERIFY_EMAIL=True, STORMPATH_ENABLE_USERNAME=True, **VIEWS)
    number = next(_numbers)
    site.address = f"joe{number}@taken.example.com"
    site.add(username="joe")
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()
    site.add(f"new{number}@taken.example.com")
    return site


def answer_to(site: Site, email: str, **options):
    form = {"given_name": "Eve", "surname": "Doe", "username": f"a{next(_numbers)}", "email": email}
    browser = site.other_browser()
    answer = browser.post("/register", data=form | {"password": PASSWORD}, **options)
    with browser.session_transaction() as session:
        held = {name: len(repr(value)) for name, value in session.items()}
    return answer.status_code, answer.location, answer.text, {**answer.headers, "Set-Cookie": ""}, held


@pytest.mark.parametrize("auto_login", [True, False])
def test_an_address_that_is_taken_is_answered_as_a_new_one(verifying: Site, auto_login: bool):
    verifying.app.config["STORMPATH_REGISTRATION_AUTO_LOGIN"] = auto_login
    site, before = verifying, len(verifying.application.accounts)

    fresh = answer_to(site, f"fresh{next(_numbers)}@taken.example.com")
    taken = answer_to(site, site.address)
    unverified = answer_to(site, site.address.replace("joe", "new"))

    assert fresh == taken == unverified
    assert fresh[0] == 302
    assert len(site.application.accounts) == before + 1


def test_the_reader_of_the_address_gets_a_way_in(verifying: Site, where):
    unverified = verifying.address.replace("joe", "new")
    before = len(sent_to(where, unverified))
    answer_to(verifying, verifying.address)
    answer_to(verifying, unverified)

    (reset,) = sent_to(where, verifying.address)
    assert "reset" in reset.subject.lower()
    assert len(sent_to(where, unverified)) == before + 1


def sent_to(where, address: str):
    return [each for each in emails(where.client) if each.to == address]


def test_a_program_learns_it_no_more_than_a_person(verifying: Site):
    answers = []
    for email in (f"fresh{next(_numbers)}@taken.example.com", verifying.address):
        body = {"givenName": "Eve", "surname": "Doe", "username": f"a{next(_numbers)}", "email": email}
        answer = verifying.browser.post(
            "/register", json=body | {"password": PASSWORD}, headers={"Accept": "application/json"}
        )
        assert answer.json is not None
        account = answer.json["account"]
        assert (account.pop("email"), account.pop("username")) == (email, body["username"])
        answers.append((answer.status_code, account))

    assert answers[0] == answers[1]
    assert answers[0][0] == 200


def test_both_cost_a_hash(verifying: Site):
    requests = verifying.count()

    answer_to(verifying, verifying.address)

    assert "loginAttempts" in [path.rpartition("/")[2] for _, path in requests.sent]


def test_a_username_that_is_taken_is_told(verifying: Site):
    page = verifying.register(email="other@taken.example.com", username="joe")

    assert (page.status_code, "username already exists" in page.text) == (200, True)


# A link that many follow at the same moment.


@pytest.mark.both_databases
def test_of_many_who_follow_one_link_one_sets_the_password(new_site: NewSite):
    site = new_site(**VIEWS)
    site.address = f"joe{next(_numbers)}@link.example.com"
    site.add()
    token = str(site.application.password_reset_tokens.create({"email": site.address}).token)
    passwords = [f"Different{number}!" for number in range(20)]

    def follow(password: str) -> tuple[str, int, bool]:
        browser = site.other_browser()
        form = {"password": password, "password_again": password}
        answer = browser.post("/forgot/change", query_string={"sptoken": token}, data=form)
        return password, answer.status_code, site.is_logged_in(browser)

    with ThreadPoolExecutor(len(passwords)) as people:
        answers = list(people.map(follow, passwords))

    (winner,) = [password for password, *outcome in answers if outcome == [200, True]]
    assert [outcome for password, *outcome in answers if password != winner] == [[400, False]] * 19
    assert site.application.authenticate_account(site.address, winner).account.email == site.address
