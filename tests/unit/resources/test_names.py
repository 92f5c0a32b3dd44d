from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.resources.names import (
    expansion_text,
    from_camel_case,
    order_text,
    path_segment,
    query_of,
    query_value,
    to_camel_case,
    wire_name,
)

WORDS = st.lists(st.text("abcdefghij", min_size=1), min_size=1)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("givenName", "given_name"),
        ("x509SigningCert", "x509_signing_cert"),
        ("encodedX509SigningCert", "encoded_x509_signing_cert"),
        ("ssoLoginURL", "sso_login_u_r_l"),
        ("base64QRImage", "base64_q_r_image"),
        ("oauth2", "oauth2"),
        ("email", "email"),
    ],
)
def test_each_spelling_converts_to_the_other(wire: str, name: str) -> None:
    assert from_camel_case(wire) == name
    assert to_camel_case(name) == wire


@pytest.mark.parametrize("wire", ["oAuthPolicy", "oauthPolicy", "OAUTHPOLICY"])
def test_every_spelling_of_the_oauth_policy_has_one_name(wire: str) -> None:
    assert from_camel_case(wire) == "oauth_policy"


def test_the_oauth_policy_is_sent_as_the_service_spells_it() -> None:
    assert wire_name("oauth_policy") == "oAuthPolicy"
    assert wire_name("given_name") == wire_name("givenName") == "givenName"
    assert query_of({"expand": "oauth_policy(x:1),custom_data"}) == {"expand": "oAuthPolicy(x:1),customData"}


def test_irregular_names_of_a_class_are_translated_in_search_order_and_expansion() -> None:
    def spelled(name: str) -> str:
        return {"schema_of": "schema"}.get(name, name)

    query = query_of({"schema_of": 1, "orderBy": "schema_of desc", "expand": "schema_of"}, spelled)

    assert query == {"schema": 1, "orderBy": "schema desc", "expand": "schema"}


@pytest.mark.parametrize("text", ["../x", "a/b", "a?b", "a#b", "a%2Fb", "a b"])
def test_a_text_in_a_path_is_one_segment_of_it(text: str) -> None:
    segment = path_segment(text)

    assert not set("/?# ") & set(segment)
    assert unquote(segment) == text


def test_a_leading_capital_hides_the_name() -> None:
    assert from_camel_case("Secret") == "_secret"


@given(WORDS)
def test_every_plain_name_survives_a_round_trip(words: list[str]) -> None:
    name = "_".join(words)

    assert from_camel_case(to_camel_case(name)) == name


@pytest.mark.parametrize(
    ("order", "wire"),
    [
        ("created_at desc", "createdAt desc"),
        ("given_name,surname", "givenName,surname"),
        ("surname asc, created_at DESC", "surname asc,createdAt DESC"),
        ("customData.foo_bar desc", "customData.foo_bar desc"),
    ],
)
def test_an_order_is_translated_in_its_attribute_names_only(order: str, wire: str) -> None:
    assert order_text(order) == wire


def test_the_path_after_custom_data_in_a_search_key_is_unchanged() -> None:
    query = query_of({"customData.foo_bar": 1, "custom_data.foo_Bar": 2, "given_name": "A*"})

    assert query == {"customData.foo_bar": 1, "customData.foo_Bar": 2, "givenName": "A*"}


@pytest.mark.parametrize("key", ["order_by", "orderBy"])
def test_an_order_is_found_under_both_spellings(key: str) -> None:
    assert query_of({key: "created_at desc"}) == {"orderBy": "createdAt desc"}


def test_an_expansion_in_a_query_is_translated() -> None:
    assert query_of({"expand": "custom_data,group_memberships(offset:0,limit:5)"}) == {
        "expand": "customData,groupMemberships(offset:0,limit:5)"
    }
    assert expansion_text("customData") == "customData"


def test_query_values_keep_their_type_but_for_dates() -> None:
    from datetime import UTC, date, datetime

    assert query_value(True) is True
    assert query_value("[2015,2016]") == "[2015,2016]"
    assert query_value(date(2016, 3, 18)) == "2016-03-18"
    assert query_value(datetime(2016, 3, 18, 10, tzinfo=UTC)) == "2016-03-18T10:00:00+00:00"
