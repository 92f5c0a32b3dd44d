"""The endpoints of tokens: methods, forms, headers (rest-auth 3.1)."""

from urllib.parse import urlencode

import pytest

from service.calls import Answer, Api, Json, id_of, path_of
from service.token_calls import (
    ADA,
    FORM,
    check_not_cached,
    grant,
    log_in,
    oauth_error,
    post_form,
    refresh,
    revoke,
    token_path,
    validate,
)

PASSWORD = {"grant_type": "password", **ADA}


TOKENS = {"access_token", "refresh_token", "token_type", "expires_in", "stormpath_access_token_href"}


def post_raw(api: Api, application: Json, body: str, query: str = "") -> Answer:
    headers = {"Content-Type": FORM}
    return api.request("POST", token_path(application), body.encode(), query=query, headers=headers)


ENDPOINTS = ("oauth/token", "oauth/revoke")


class TestMethods:
    def test_grants_and_revocations_are_posted(self, api: Api, application: Json):
        for below in ENDPOINTS:
            for method in ("GET", "PUT", "DELETE", "PATCH"):
                answer = api.request(method, f"{application['href']}/{below}")
                assert oauth_error(answer) == (405, "invalid_request", 1100)
                assert "POST" in answer.headers["allow"]

    def test_an_unknown_application_has_no_endpoints(self, api: Api, stranger: Api):
        for other in (f"{api.base_url}/applications/0351A00000000000000000", stranger.application()["href"]):
            for below in ENDPOINTS:
                answer = post_form(api, f"{other}/{below}", {**PASSWORD, "token": "a.b.c"})
                assert oauth_error(answer) == (404, "invalid_request", 404)

    @pytest.mark.usefixtures("ada")
    def test_a_validation_is_a_get_of_a_token(self, api: Api, application: Json):
        token = log_in(api, application)["access_token"]
        validations = application["authTokens"]["href"]

        for method in ("GET", "POST", "DELETE"):
            assert api.request(method, validations).error == (405, 1100)
        for method in ("POST", "DELETE"):
            assert api.request(method, f"{validations}/{token}").error == (405, 1100)

    def test_tokens_are_not_created_or_changed_by_hand(self, api: Api, application: Json, ada: Json):
        made = log_in(api, application)["stormpath_access_token_href"]

        for kind in ("accessTokens", "refreshTokens"):
            assert api.post(f"/{kind}", {}).status == 405
            assert api.post(ada[kind]["href"], {"jwt": "x"}).error == (405, 1100)
        assert api.post(made, {"jwt": "x"}).error == (405, 1100)


class TestForms:
    @pytest.mark.usefixtures("ada")
    def test_fields_may_be_in_the_query(self, api: Api, application: Json):
        path = token_path(application)
        in_query = post_form(api, path, query=urlencode(PASSWORD))
        without_type = post_form(api, path, query=urlencode(PASSWORD), content_type=None)
        in_both = post_form(api, path, ADA, query="grant_type=password")

        for each in (in_query, without_type, in_both):
            assert each.ok["access_token"]

    @pytest.mark.usefixtures("ada")
    def test_the_body_wins_over_the_query(self, api: Api, application: Json):
        right, wrong = urlencode(PASSWORD), urlencode(PASSWORD | {"password": "Wrong1234!"})

        assert post_raw(api, application, right, wrong).status == 200
        assert oauth_error(post_raw(api, application, wrong, right)) == (400, "invalid_grant", 7100)
        # An empty field is none (RFC 6749, 3.2).
        assert post_raw(api, application, "password=&grant_type=", right).status == 200

    @pytest.mark.usefixtures("ada")
    def test_a_body_is_a_form(self, api: Api, application: Json):
        for parameters in ("", "; charset=utf-8", ";charset=UTF-8", " ;x=y"):
            granted = post_form(api, token_path(application), PASSWORD, content_type=FORM + parameters)
            assert granted.status == 200
        kinds = ("application/json", "multipart/form-data; boundary=x", "text/plain", "nonsense", None)
        for below in ENDPOINTS:
            for kind in kinds:
                answer = post_form(api, f"{application['href']}/{below}", PASSWORD, content_type=kind)
                assert oauth_error(answer) == (415, "invalid_request", 1101)

    def test_an_empty_form_lacks_its_grant_type(self, api: Api, application: Json):
        for raw in ("", "&", "&&=&", "grant_type="):
            assert oauth_error(post_raw(api, application, raw)) == (400, "invalid_request", 2000)

    @pytest.mark.usefixtures("ada")
    def test_fields_of_no_meaning_are_ignored(self, api: Api, application: Json):
        answer = grant(api, application, "password", **ADA, scope="admin", nonsense="x", refresh_token="y")

        assert set(answer.ok) == TOKENS

    def test_a_field_that_is_there_twice_is_refused(self, api: Api, application: Json):
        for name in ("grant_type", "username", "scope"):
            doubled = [*PASSWORD.items(), ("scope", "x"), (name, PASSWORD.get(name, "x"))]
            in_body = post_form(api, token_path(application), doubled)
            in_query = post_form(api, token_path(application), query=urlencode(doubled))
            assert oauth_error(in_body) == oauth_error(in_query) == (400, "invalid_request", 2002)

    @pytest.mark.usefixtures("ada")
    def test_a_form_has_a_hundred_fields_at_most(self, api: Api, application: Json):
        def with_fields(number: int) -> Answer:
            others = {f"x{each}": "1" for each in range(number - len(PASSWORD))}
            return post_form(api, token_path(application), PASSWORD | others)

        assert with_fields(100).status == 200
        for answer in (with_fields(101), post_raw(api, application, "&" * 200)):
            assert oauth_error(answer) == (400, "invalid_request", 2005)

    def test_a_form_is_in_utf8(self, api: Api, application: Json):
        for raw in (b"grant_type=\xff", b"grant_type=%ff", b"grant_type=%ed%a0%80"):
            answer = api.request("POST", token_path(application), raw, headers={"Content-Type": FORM})
            assert oauth_error(answer) == (400, "invalid_request", 2005)

    def test_a_null_character_is_refused(self, api: Api, application: Json):
        for name in ("username", "password", "grant_type", "accountStore", "organizationNameKey"):
            answer = post_form(api, token_path(application), PASSWORD | {name: "a\0b"})
            assert oauth_error(answer)[:2] == (400, "invalid_request"), name

    def test_a_form_has_a_limited_size(self, api: Api, application: Json):
        answer = post_form(api, token_path(application), PASSWORD | {"scope": "x" * 2_000_000})

        assert oauth_error(answer) == (413, "invalid_request", 413)


class TestHeaders:
    @pytest.mark.usefixtures("ada")
    def test_no_cache_keeps_an_answer(self, api: Api, application: Json):
        granted = grant(api, application, "password", **ADA)
        refreshed = refresh(api, application, granted["refresh_token"])
        revoked = revoke(api, application, granted["refresh_token"])

        for each in (granted, refreshed, revoked):
            assert each.status == 200
            check_not_cached(each)
            assert "etag" not in each.headers
        assert granted.headers["content-type"] == "application/json;charset=UTF-8"

    def test_a_caller_without_an_api_key_gets_the_usual_error(self, api: Api, application: Json):
        for below in ENDPOINTS:
            for credentials in ({}, {"Authorization": "Basic eDp5"}):
                path, fields = f"{application['href']}/{below}", PASSWORD | {"token": "x"}
                answer = post_form(api, path, fields, credentials=credentials)
                assert answer.error == (401, 401)
                assert answer.headers["www-authenticate"]
                check_not_cached(answer)


class TestRevocations:
    def test_a_revocation_needs_a_token(self, api: Api, application: Json):
        for fields in ({}, {"token": ""}, {"token_type_hint": "access_token"}):
            answer = post_form(api, f"{application['href']}/oauth/revoke", fields)
            assert oauth_error(answer) == (400, "invalid_request", 2000)

    def test_what_is_no_token_is_revoked_without_an_error(self, api: Api, application: Json):
        for token in ("x", "a.b.c", "..", "é", "x" * 20_000, "a.b.c.d.e", "\0"):
            answer = revoke(api, application, token)
            assert (answer.status, answer.raw) == (200, b"")

    @pytest.mark.usefixtures("ada")
    def test_a_wrong_hint_makes_no_difference(self, api: Api, application: Json):
        for hint in ("access_token", "refresh_token", "nonsense", ""):
            tokens = log_in(api, application)
            for kind in ("access_token", "refresh_token"):
                assert revoke(api, application, tokens[kind], token_type_hint=hint).status == 200
            assert validate(api, application, tokens["access_token"]).error == (404, 10013)
            assert oauth_error(refresh(api, application, tokens["refresh_token"]))[2] == 10013


def test_an_application_leads_to_its_endpoints(api: Api, application: Json):
    policy = api.get(application["oAuthPolicy"]["href"]).ok

    assert policy["tokenEndpoint"] == {"href": token_path(application)}
    assert application["authTokens"] == {"href": f"{application['href']}/authTokens"}
    assert path_of(application, "oauth", "token") == f"/applications/{id_of(application)}/oauth/token"
