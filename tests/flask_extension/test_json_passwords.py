"""Forgotten passwords and addresses to verify, as JSON."""

from collections.abc import Iterator

import pytest

from flask_extension.api_calls import error, get, log_in, post, shared_site, with_person
from flask_extension.sites import JSON, Site, Where

NEW = "Different2!"


@pytest.fixture(scope="module")
def shared(where: Where) -> Iterator[Site]:
    on = {"STORMPATH_ENABLE_FORGOT_PASSWORD": True, "STORMPATH_ENABLE_VERIFY_EMAIL": True}
    with shared_site(where, **on) as site:
        yield site


@pytest.fixture
def site(shared: Site) -> Site:
    return with_person(shared)


def reset_token(site: Site) -> str:
    return str(site.application.password_reset_tokens.create({"email": site.address}).token)


def test_forgot_has_no_json_page(site: Site):
    assert get(site, "/forgot").status_code == 404


def test_forgot_succeeds_for_known_and_unknown_addresses(site: Site):
    for address in (site.address, "nobody@json.example.com"):
        answer = post(site, "/forgot", {"email": address})
        assert (answer.status_code, answer.data) == (200, b"")


def test_forgot_needs_an_address(site: Site):
    for body in ({}, {"email": ""}, {"email": "joe"}, {"email": ["joe@example.com"]}):
        assert error(post(site, "/forgot", body))[0] == 400


def test_a_missing_sptoken_is_named_on_get_and_post(site: Site):
    expected = (400, "sptoken parameter not provided.")

    assert error(get(site, "/forgot/change")) == expected
    for body in ({"password": NEW}, {"password": NEW, "sptoken": None}, {"password": NEW, "sptoken": 7}):
        assert error(post(site, "/forgot/change", body)) == expected


def test_an_invalid_sptoken_is_an_error_on_get_and_post(site: Site):
    assert error(get(site, "/forgot/change?sptoken=wrong"))[0] == 404
    assert error(post(site, "/forgot/change", {"sptoken": "wrong", "password": NEW}))[0] == 404


def test_a_valid_sptoken_changes_the_password_once_and_a_get_does_not_spend_it(site: Site):
    token = reset_token(site)

    # Some programs name a content type with each request.
    checked = site.browser.get(
        f"/forgot/change?sptoken={token}", headers=JSON, content_type="application/json"
    )
    changed = post(site, "/forgot/change", {"sptoken": token, "password": NEW})

    assert (checked.status_code, checked.data) == (200, b"")
    assert changed.json["account"]["email"] == site.address
    assert site.is_logged_in()
    site.browser = site.other_browser()
    assert log_in(site).status_code == 400
    assert log_in(site, password=NEW).status_code == 200
    assert error(post(site, "/forgot/change", {"sptoken": token, "password": NEW}))[0] == 404


def test_a_weak_password_is_told_and_the_token_stays(site: Site):
    token = reset_token(site)

    assert error(post(site, "/forgot/change", {"sptoken": token, "password": "short"}))[0] == 400
    assert error(post(site, "/forgot/change", {"sptoken": token}))[1] == "Password required."
    assert post(site, "/forgot/change", {"sptoken": token, "password": NEW}).status_code == 200


def test_without_login_the_change_is_200_and_empty(new_site):
    site = new_site(STORMPATH_ENABLE_FORGOT_PASSWORD=True, STORMPATH_CHANGE_PASSWORD_AUTO_LOGIN=False)
    site.address = "joe@without-login.example.com"
    site.add()

    answer = post(site, "/forgot/change", {"sptoken": reset_token(site), "password": NEW})

    assert (answer.status_code, answer.data) == (200, b"")
    assert not site.is_logged_in()


def test_an_address_is_verified_by_json(site: Site):
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()
    site.address = f"new.{site.address}"
    account = site.add()
    token = account.email_verification_token.href.rpartition("/")[2]

    assert error(get(site, "/verify")) == (400, "sptoken parameter not provided.")
    assert error(get(site, "/verify?sptoken=wrong"))[0] == 404
    for address in (site.address, "nobody@json.example.com"):
        answer = post(site, "/verify", {"login": address})
        assert (answer.status_code, answer.data) == (200, b"")
    assert error(post(site, "/verify", {"login": ""}))[0] == 400
    answer = get(site, f"/verify?sptoken={token}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert error(get(site, f"/verify?sptoken={token}"))[0] == 404
