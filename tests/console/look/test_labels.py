"""Every attribute, resource and word of the API has a name for people."""

import re

import pytest

from stormpath.server.console import labels
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import Choice, Resource

# Parts of wire names that people write in another way.
RAW = re.compile(
    r"\b(?:Api|Dn|Dns|Html|Id|Jwt|Oauth2|Rdn|Saml|Sha|Smtp|Ssl|Sso|Tls|Tti|Ttl|Uris?|Url)\b|[a-z][A-Z]"
)
# Names of algorithms and protocols, which people know as they are.
KNOWN = {"RSA-SHA256", "RSA-SHA1", "SMS"}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_names_are_words_that_people_write(resource: Resource):
    shown = [each.name for each in resource.attributes if each.shown]

    names = [labels.label(each, resource.name) for each in shown]
    names += [labels.singular(resource.name), labels.plural(resource.name)]

    assert [each for each in names if RAW.search(each.replace("OAuth", "").replace("JavaScript", ""))] == []
    assert [each for each in names if each[:1].islower()] == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
def test_no_two_fields_of_a_form_have_the_same_name(resource: Resource):
    shown = [each.name for each in resource.own if each.shown and not each.only_for]

    names = [labels.label(each, resource.name) for each in shown]

    assert sorted(set(names)) == sorted(names)


def test_words_have_a_form_for_people():
    words = {
        each
        for resource in RESOURCES
        for attribute in resource.own
        if isinstance(attribute, Choice)
        for each in attribute.choices
    }

    assert {each for each in words if labels.word(each) == each} <= KNOWN


def test_plurals_are_english():
    assert labels.plural("directory") == "Directories"
    assert labels.plural("apiKey") == "API Keys"
    assert labels.plural("accountCreationPolicy") == "Account Creation Policies"


def test_the_catalogue_has_names_words_and_explanations():
    found = set(labels.texts(RESOURCES))

    assert {"First Name", "Directories", "Disabled", "The display name, unique in the tenant."} <= found
