"""`User`: its class methods, its signals, and what the guide does with it."""

import pytest

from flask_extension.sites import ADDRESS, PASSWORD, Site
from flask_stormpath import StormpathError, User, user, user_created, user_deleted, user_updated
from flask_stormpath.models import stormpath_signals
from stormpath.resources.account import Account


@pytest.fixture
def signals():
    """The signals that were sent, as pairs of a name and a sender, with the payload."""
    sent: list[tuple[str, object, dict]] = []

    def receiver(name):
        def receive(sender, user):
            sent.append((name, sender, user))

        return receive

    receivers = {each: receiver(each.name) for each in (user_created, user_updated, user_deleted)}
    for signal, each in receivers.items():
        signal.connect(each)
    yield sent
    for signal, each in receivers.items():
        signal.disconnect(each)


@pytest.fixture
def in_app(site: Site):
    """The app, as in ``flask shell``."""
    with site.app.app_context():
        yield site


def joe(**more) -> User:
    return User.create(email=ADDRESS, password=PASSWORD, given_name="Joe", surname="Doe", **more)


def test_a_user_is_made_with_everything_that_was_given(in_app: Site):
    made = joe(username="joe", middle_name="James", custom_data={"likes": "tea"})

    assert isinstance(made, User)
    assert isinstance(made, Account)
    held = in_app.application.accounts.search({"email": ADDRESS})[0]
    assert (held.username, held.middle_name, held.custom_data["likes"]) == ("joe", "James", "tea")


def test_an_empty_username_is_the_address(in_app: Site):
    assert joe().username == ADDRESS


@pytest.mark.parametrize(
    ("status", "is_active"), [("ENABLED", True), ("DISABLED", False), ("UNVERIFIED", False)]
)
def test_a_status_can_be_given(in_app: Site, status: str, is_active: bool):
    made = joe(status=status)

    assert (made.status, made.is_active) == (status, is_active)
    assert (made.is_authenticated, made.is_anonymous) == (True, False)


def test_a_directory_that_verifies_addresses_decides_where_no_status_is_given(in_app: Site):
    policy = in_app.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()

    assert joe().status == "UNVERIFIED"


def test_a_refusal_is_a_stormpath_error(in_app: Site):
    joe()

    with pytest.raises(StormpathError) as taken:
        joe()
    with pytest.raises(StormpathError) as wrong:
        User.from_login(ADDRESS, "wrong")

    assert (taken.value.code, wrong.value.code) == (2001, 7100)


def test_a_login_returns_the_user_in_one_request(in_app: Site):
    in_app.add()
    requests = in_app.count()

    found = User.from_login(ADDRESS, PASSWORD)

    assert (found.email, found.is_active) == (ADDRESS, True)
    assert requests == 1


def test_it_shows_its_name_and_href_and_asks_nothing(in_app: Site):
    href = joe(username="joe").href
    requests = in_app.count()

    assert repr(User.from_login("joe", PASSWORD)) == f'User <"joe" ("{href}")>'
    assert repr(User(in_app.manager.client, href=f"{href}X")) == f'User <"" ("{href}X")>'
    assert requests == 1


def test_its_id_is_its_href(in_app: Site):
    made = joe()

    assert made.get_id() == made.href
    assert in_app.manager.load_user(made.href) == made
    assert in_app.manager.load_user(made.href + "X") is None


def test_creations_changes_and_deletions_are_signalled(in_app: Site, signals):
    made = joe()
    made.given_name = "Randall"
    made.save()
    made.delete()

    assert [(name, sender) for name, sender, _ in signals] == [
        ("user-created", User),
        ("user-updated", made),
        ("user-deleted", None),
    ]
    created, updated, deleted = (payload for _, _, payload in signals)
    assert (created["email"], created["href"]) == (ADDRESS, made.href)
    assert updated["given_name"] == deleted["given_name"] == "Randall"
    assert stormpath_signals.signal("user-created") is user_created


def test_no_signal_has_a_password(in_app: Site, signals):
    made = joe()
    made.password = "Different2!"
    made.save()
    made.delete()

    assert len(signals) == 3
    assert all("password" not in payload for _, _, payload in signals)
    assert "Different2!" not in repr(signals)


def test_what_fails_is_not_signalled(in_app: Site, signals):
    made = joe()
    signals.clear()
    made.email = "no address"

    with pytest.raises(StormpathError):
        made.save()
    with pytest.raises(StormpathError):
        joe()

    assert signals == []


def test_a_view_changes_the_user_and_the_custom_data(site: Site):
    @site.app.route("/edit")
    def edit():
        user.given_name = "Randall"
        user.custom_data["somefield"] = "somevalue"
        user.custom_data["anotherfield"] = {"json": "data"}
        user.custom_data["woot"] = 10.202223
        user.save()
        return ""

    @site.app.route("/drop")
    def drop():
        assert user.custom_data["woot"] == 10.202223
        del user.custom_data["woot"]
        user.save()
        return str("woot" in user.custom_data)

    site.register()

    assert site.browser.get("/edit").status_code == 200
    assert site.browser.get("/drop").text == "False"
    (held,) = site.application.accounts
    assert held.given_name == "Randall"
    assert dict(held.custom_data.items())["anotherfield"] == {"json": "data"}


def test_a_person_who_sets_an_own_password_stays_logged_in_here_alone(site: Site):
    @site.app.route("/password", methods=["POST"])
    def set_password():
        user.password = "Different2!"
        user.save()
        return ""

    site.register()
    elsewhere = site.other_browser()
    elsewhere.post("/login", data={"login": ADDRESS, "password": PASSWORD})
    assert site.is_logged_in(elsewhere)

    site.browser.post("/password")

    assert site.is_logged_in()
    assert not site.is_logged_in(elsewhere)
