"""Logins at providers through the browser: each provider, from the button to the page after it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from flask_extension.sites import flashed
from flask_extension.social_fixtures import SocialSite
from flask_stormpath import user_created
from support.providers.consent import CONSENTING
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET

#: Google, LinkedIn and so on.
ALL = tuple(CONSENTING)


@pytest.mark.parametrize("name", ALL)
def test_a_person_logs_in_at_a_provider(social_site: SocialSite, person_at, name: str):
    ada = person_at(name)

    answer = social_site.enter(name, ada, next="/secret")

    assert (answer.status_code, answer.location) == (302, "/secret")
    assert social_site.browser.get("/secret").text == f"The secret of {ada.email}"


def test_the_first_login_makes_the_directory_of_the_provider(new_social_site, person_at):
    site = new_social_site({"GOOGLE": {"hd": "example.com"}}, STORMPATH_SITE_URL="https://example.com/")
    site.providers["google"].claims["hd"] = "example.com"

    for _ in range(2):
        site.enter("google", person_at("google", hd="example.com"))

    (made,) = site.directories()
    assert made.name == f"{site.application.name}-google"
    google = made.provider
    assert (google.provider_id, google.client_id, google.client_secret) == (
        "google",
        CLIENT_ID,
        CLIENT_SECRET,
    )
    assert (google.redirect_uri, google.hd) == ("https://example.com/google", "example.com")
    mapping = next(each for each in site.application.account_store_mappings if each.account_store == made)
    assert (mapping.is_default_account_store, mapping.is_default_group_store) == (False, False)
    assert mapping.list_index == len(site.application.account_store_mappings) - 1
    assert len(made.accounts) == 2


def test_the_directory_of_facebook_has_no_redirect_uri(social_site: SocialSite, person_at):
    social_site.enter("facebook", person_at("facebook"))

    (made,) = social_site.directories()
    assert made.name == f"{social_site.application.name}-facebook"
    assert (made.provider.provider_id, made.provider.client_id) == ("facebook", CLIENT_ID)
    assert not hasattr(made.provider, "redirect_uri")


def test_a_mapped_directory_is_used_beside_groups_and_organizations(social_site: SocialSite, person_at):
    site, client = social_site, social_site.manager.client
    name = site.application.name
    group = site.directory.groups.create({"name": "staff"})
    crew = client.organizations.create(
        {"name": f"Crew of {name}", "name_key": name.lower().replace(" ", "-")}
    )
    described = {"provider_id": "linkedin", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    own = client.directories.create({"name": f"People of {name}", "provider": described})
    for store in (group, crew, own):
        site.application.account_store_mappings.create(
            {"application": site.application, "account_store": store}
        )

    site.enter("linkedin", person_at("linkedin"))

    assert site.directories() == [own]
    assert len(own.accounts) == 1


def test_a_directory_that_was_made_and_not_mapped_is_mapped(social_site: SocialSite, person_at):
    described = {"provider_id": "github", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    name = f"{social_site.application.name}-github"
    left = social_site.manager.client.directories.create({"name": name, "provider": described})

    social_site.enter("github", person_at("github"))

    assert social_site.directories() == [left]
    assert social_site.is_logged_in()


def test_a_directory_of_another_kind_with_that_name_is_left_alone(social_site: SocialSite, person_at):
    social_site.manager.client.directories.create({"name": f"{social_site.application.name}-google"})

    answer = social_site.enter("google", person_at("google"))

    assert answer.location == "/login"
    assert social_site.directories() == []
    assert len(flashed(social_site)) == 1


@pytest.mark.both_databases
def test_first_logins_at_the_same_time_make_one_directory(social_site: SocialSite, person_at):
    site = social_site
    people = [person_at("google") for _ in range(3)]
    browsers = [site.other_browser() for _ in people]
    queries = [
        site.providers["google"].agree(site.start("google", each).location, person)
        for each, person in zip(browsers, people, strict=True)
    ]
    together = Barrier(len(people))

    def come_back(number: int) -> int:
        together.wait()
        return site.come_back("google", queries[number], browsers[number]).status_code

    with ThreadPoolExecutor(len(people)) as pool:
        statuses = list(pool.map(come_back, range(len(people))))

    assert statuses == [302] * 3
    assert [site.is_logged_in(each) for each in browsers] == [True] * 3
    (made,) = site.directories()
    assert len(made.accounts) == 3


def test_a_person_who_comes_again_has_the_same_account_and_is_signalled_once(
    social_site: SocialSite, person_at
):
    ada, told = person_at("github"), []

    def listen(sender: object, user: dict[str, str]) -> None:
        told.append(user["email"])

    with user_created.connected_to(listen):
        social_site.enter("github", ada)
        social_site.enter("github", ada)

    assert told == [ada.email]


def test_a_login_asks_the_service_when_the_person_comes_back(social_site: SocialSite, person_at):
    ada = person_at("google")
    social_site.enter("google", ada)
    count = social_site.count()

    query = social_site.sent_back("google", ada)
    assert count == 0
    social_site.come_back("google", query)

    logins = [each for each in count.sent if each[0] == "POST"]
    assert [path.rpartition("/")[2] for _, path in logins] == ["accounts"]
