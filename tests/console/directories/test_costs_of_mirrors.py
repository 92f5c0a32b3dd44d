"""What the pages of mirrors cost: those of cloud directories are counted with all other pages."""

from console.visitor import Visitor
from service.calls import Api, path_of
from service.provider_bodies import copied, mirror
from stormpath.server.app import Service
from support.statements import on_table, statements

MOST_STATEMENTS = 25

SUFFIXES = {
    "ldap": (
        "",
        "/agent",
        "/agent/download",
        "/agent/key",
        "/agent/problems",
        "/workflows",
        "/workflows/passwordReset/reset",
    ),
    "saml": ("", "/provider", "/provider/mappings", "/saml", "/saml/relayState", "/saml/test"),
}


def test_a_page_of_a_mirror_takes_few_statements(service: Service, admin: Visitor, api: Api):
    numbers = {}
    for kind, suffixes in SUFFIXES.items():
        path = path_of(mirror(api, kind))
        admin.open(f"{path}/saml")  # The key of a SAML directory is made at the first request for it.
        for suffix in suffixes:
            with statements(service) as sent:
                assert admin.open(f"{path}{suffix}").status == 200
            numbers[kind + suffix] = len(sent)

    assert max(numbers.values()) <= MOST_STATEMENTS, numbers


def test_the_statuses_of_all_agents_on_a_page_are_read_at_once(service: Service, admin: Visitor, api: Api):
    for number in range(3):
        api.directory(f"Office {number}", provider=copied())

    with statements(service) as sent:
        page = admin.open("/directories")

    assert page.text.count("Offline") == 3
    assert len(on_table(sent, "agents")) <= 2  # The page of the list, and its size.
    assert len(sent) <= MOST_STATEMENTS
