"""The headers that keep pages of a person out of caches."""

from flask import make_response
from flask.typing import ResponseReturnValue

from flask_extension.sites import Site
from flask_stormpath import user


def test_no_cache_keeps_the_page_of_a_person_who_is_logged_in(site: Site):
    before = site.browser.get("/")
    site.add()
    site.log_in()
    after = site.browser.get("/")

    assert "Cache-Control" not in before.headers
    assert after.headers["Cache-Control"] == "no-store"


def test_what_the_app_says_of_caches_stays(site: Site):
    @site.app.route("/cached")
    def cached() -> ResponseReturnValue:
        return make_response(f"{user.email}", {"Cache-Control": "private, max-age=60"})

    site.add()
    site.log_in()

    assert site.browser.get("/cached").headers["Cache-Control"] == "private, max-age=60"


def test_a_page_that_shows_nothing_of_the_person_is_left_alone_and_costs_no_request(site: Site):
    site.app.add_url_rule("/public", view_func=lambda: "Public")
    site.add()
    site.log_in()
    sent = site.count()

    assert "Cache-Control" not in site.browser.get("/public").headers
    assert sent == 0


def test_pages_of_the_extension_are_not_stored_or_framed_and_tell_other_sites_no_address(site: Site):
    for answer in (site.browser.get("/login"), site.log_in(), site.browser.get("/register")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_style_sheet_may_be_cached(site: Site):
    with site.browser.get("/flask_stormpath/static/stormpath.css") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]
        assert answer.headers["ETag"]


def test_a_logout_makes_the_browser_drop_what_it_keeps_of_the_site(site: Site):
    site.add()
    site.log_in()

    answers = site.browser.get("/"), site.browser.get("/logout"), site.browser.get("/")

    assert [each.headers.get("Clear-Site-Data") for each in answers] == [None, '"cache"', None]
