"""``login_required`` and ``groups_required``: each form of a group, and who may pass."""

import pytest

from flask_extension.sites import ADDRESS, JSON, NewSite, Site
from flask_stormpath import groups_required, login_required, user


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """An app with two groups; the person is in the first of them, and logged in."""
    site = new_site()
    site.app.add_url_rule("/gate", "gate", lambda: GATE[0]())
    account = site.add()
    for name in ("free users", "paid users"):
        site.directory.groups.create({"name": name})
    account.add_group("free users")
    site.log_in()
    return site


#: The view that a test tries: views cannot be added to an app that has answered a request.
GATE: list = [None]


def group(site: Site, name: str = "free users"):
    (found,) = site.directory.groups.search({"name": name})
    return found


def passes(site: Site, groups, **options) -> bool:
    """Whether the person may see a view for members of these groups."""
    GATE[0] = groups_required(groups, **options)(lambda: "seen")
    answer = site.browser.get("/gate")
    assert answer.status_code in (200, 302)
    if answer.status_code == 302:
        assert answer.location.startswith("/login?next=")
    return answer.text == "seen"


@pytest.mark.parametrize(
    "reference",
    [
        lambda site: "free users",
        lambda site: group(site).href,
        group,
        lambda site: {"name": "free users"},
    ],
    ids=["name", "href", "object", "dictionary"],
)
def test_each_form_of_a_group(site: Site, reference):
    other = {"name": "paid users"}

    assert passes(site, [reference(site)])
    assert not passes(site, [reference(site), other])
    assert passes(site, [other, reference(site)], all=False)


@pytest.mark.parametrize(
    "reference",
    [
        lambda site: "paid users",
        lambda site: group(site, "paid users").href,
        lambda site: group(site, "paid users"),
        lambda site: {"name": "paid users"},
        lambda site: "no such group",
        lambda site: "free user",
        lambda site: group(site).href + "X",
        lambda site: "",
        lambda site: None,
        lambda site: {},
        lambda site: 1,
    ],
)
def test_what_the_person_is_no_member_of(site: Site, reference):
    assert not passes(site, [reference(site)])
    assert not passes(site, [reference(site)], all=False)


@pytest.mark.parametrize("of_all", [True, False])
def test_an_empty_list_lets_no_person_pass(site: Site, of_all: bool):
    assert not passes(site, [], all=of_all)


def test_a_person_who_is_not_logged_in_does_not_pass(site: Site):
    site.browser.get("/logout")

    assert not passes(site, ["free users"])


@pytest.mark.parametrize("groups", [["free users"], ["free users", "paid users", "unknown", "href"]])
def test_groups_cost_one_request_however_many_are_named(site: Site, groups):
    wanted = [group(site).href if each == "href" else each for each in groups]
    passes(site, ["free users"])
    requests = site.count()

    assert passes(site, wanted) == (len(groups) == 1)

    assert [path.rpartition("/")[2] for _, path in requests.sent] == ["groups"]


def test_more_groups_than_a_page_holds(site: Site):
    account = site.application.accounts.search({"email": ADDRESS})[0]
    for number in range(101):
        account.add_group(site.directory.groups.create({"name": f"group {number}"}))

    assert passes(site, ["group 0", "group 100", "free users"])


def test_names_and_docstrings_stay():
    @groups_required(["admins"])
    def admins_only():
        """A top-secret view only accessible to admins."""

    @login_required
    def secret():
        """For people who are logged in."""

    assert (admins_only.__name__, admins_only.__doc__) == (
        "admins_only",
        "A top-secret view only accessible to admins.",
    )
    assert (secret.__name__, secret.__doc__) == ("secret", "For people who are logged in.")


@pytest.mark.parametrize(
    ("settings", "is_open"),
    [
        ({}, False),
        ({"TESTING": True}, True),
        ({"TESTING": True, "LOGIN_DISABLED": False}, False),
        ({"LOGIN_DISABLED": True}, True),
        ({"TESTING": False, "LOGIN_DISABLED": False}, False),
    ],
)
def test_tests_of_an_app_may_switch_both_off(new_site, settings, is_open: bool):
    site = new_site(**settings)
    site.app.add_url_rule("/in", "in", login_required(lambda: "seen"))
    site.app.add_url_rule("/group", "group", groups_required(["admins"])(lambda: "seen"))

    assert [site.browser.get(each).status_code == 200 for each in ("/in", "/group")] == [is_open] * 2


def test_options_are_answered_without_a_login(new_site):
    site = new_site()
    site.app.add_url_rule(
        "/in", "in", login_required(lambda: "seen"), methods=["OPTIONS"], provide_automatic_options=False
    )

    assert site.browser.options("/in").text == "seen"


def test_without_a_login_page_the_answer_is_401(new_site):
    site = new_site(STORMPATH_ENABLE_LOGIN=False)

    assert site.browser.get("/secret").status_code == 401
    assert site.browser.get("/admins").status_code == 401


def test_a_program_gets_401_instead_of_a_page(new_site):
    answer = new_site().browser.get("/secret", headers=JSON)

    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_user_of_a_request_without_a_login_is_false(new_site):
    site = new_site()
    site.app.add_url_rule("/who", "who", lambda: f"{bool(user)} {user.is_authenticated} {user.is_anonymous}")

    assert site.browser.get("/who").text == "False False True"


def test_views_may_be_coroutines(new_site):
    site = new_site()

    async def view() -> str:
        return "seen"

    site.app.add_url_rule("/async", "async", login_required(view))
    site.register()

    assert site.browser.get("/async").text == "seen"
