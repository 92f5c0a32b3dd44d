"""Logins at providers through the browser: each provider, from the button to the page after it."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from flask_extension.sites import flashed
from flask_extension.social_fixtures import SocialSite
from flask_stormpath import user_created
from support.providers.consent import CONSENTING
from support.request_counts import count_requests

ALL = tuple(CONSENTING)


@pytest.mark.parametrize("name", ALL)
def test_a_person_logs_in_at_a_provider(social_site: SocialSite, person_at, name: str):
    ada = person_at(name)

    answer = social_site.enter(name, ada, next="/secret")

    assert (answer.status_code, answer.location) == (302, "/secret")
    assert social_site.browser.get("/secret").text == f"The secret of {ada.email}"
