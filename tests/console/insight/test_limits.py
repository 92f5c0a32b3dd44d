"""Every limit on one page, with what is in use."""

import re
from pathlib import Path

from console.insight.test_events import person, try_to_log_in
from console.visitor import Visitor
from service.calls import Api, path_of
from stormpath.server.app import Service
from stormpath.server.console import limit_use
from stormpath.server.settings import SETTINGS

DOCS = Path(__file__).parents[3] / "docs" / "limits.rst"


def test_every_setting_of_the_documented_limits_is_on_the_page_with_its_number(
    service: Service, admin: Visitor
):
    documented = set(re.findall(r"STORMPATH_[A-Z_]+", DOCS.read_text())) - {"STORMPATH_REDIS_URL"}
    page = admin.open("/limits")

    assert documented
    for variable in documented:
        assert variable in page.text, variable
        value = getattr(service.settings, variable.removeprefix("STORMPATH_").lower())
        shown = f"{value:,g}" if isinstance(value, float) else f"{value:,}"
        assert re.search(rf"{shown} .*{variable}", page.text), variable


def test_every_limit_on_messages_is_a_setting_with_a_text():
    for channel, names in limit_use.MESSAGE_LIMITS.items():
        for what, setting in names.items():
            assert setting in SETTINGS
            assert limit_use.text_of(channel, what)


def test_an_account_whose_logins_are_refused_is_named(service: Service, admin: Visitor, api: Api):
    place, account = person(api)
    for _ in range(service.guess_limits.account + 1):
        try_to_log_in(api, place, "wrong")

    page = admin.open("/limits")

    assert f"highest count now: {service.guess_limits.account}" in page.text
    assert "Logins are refused for some minutes" in page.text
    assert admin.follow("Ann Lee").path == f"{path_of(account)}/events"


def test_without_any_use_it_says_so(admin: Visitor):
    assert "No limit is nearly reached." in admin.open("/limits").text
