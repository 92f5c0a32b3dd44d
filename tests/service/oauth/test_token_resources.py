"""Access and refresh tokens as resources, and as collections of an account (rest-auth 3.1, 3.5)."""

import pytest

from service.calls import Answer, Api, Json, link
from service.clock import Clock
from service.database_access import stored_row
from service.token_calls import claims_of, header_of, log_in, refresh
from stormpath.server.app import Service
from stormpath.server.schema.timestamps import timestamp

KINDS = ("accessTokens", "refreshTokens")


def hrefs(api: Api, tokens: Json) -> dict[str, str]:
    """Return the hrefs of both tokens, by the kind."""
    return {
        "accessTokens": tokens["stormpath_access_token_href"],
        "refreshTokens": f"{api.base_url}/refreshTokens/{claims_of(tokens['refresh_token'])['jti']}",
    }


@pytest.fixture
def tokens(api: Api, application: Json, ada: Json) -> Json:
    return log_in(api, application)


class TestResource:
    def test_a_token_shows_its_text_and_its_parts(
        self, api: Api, application: Json, ada: Json, tokens: Json, clock: Clock
    ):
        texts = {"accessTokens": tokens["access_token"], "refreshTokens": tokens["refresh_token"]}
        for kind, href in hrefs(api, tokens).items():
            text = texts[kind]
            assert api.get(href).ok == {
                "href": href,
                "createdAt": timestamp(clock.now),
                "modifiedAt": timestamp(clock.now),
                "jwt": text,
                "expandedJwt": {
                    "header": header_of(text),
                    "claims": claims_of(text),
                    "signature": text.rpartition(".")[2],
                },
                "account": link(ada),
                "application": link(application),
                "tenant": {"href": api.tenant},
            }

    def test_links_are_expanded_and_the_parts_of_a_token_are_not(
        self, api: Api, application: Json, ada: Json, tokens: Json
    ):
        for href in hrefs(api, tokens).values():
            shown = api.get(href, expand="account,application,tenant").ok
            assert (shown["account"], shown["application"]) == (ada, application)
            assert shown["tenant"]["key"]
            assert shown["expandedJwt"]["claims"]["sub"] == ada["href"]
            for name in ("expandedJwt", "jwt", "nonsense"):
                assert api.get(href, expand=name).error == (400, 2107)

    def test_what_shows_a_token_is_kept_in_no_cache(self, api: Api, ada: Json, tokens: Json):
        answers: list[Answer] = [
            *map(api.get, hrefs(api, tokens).values()),
            *(api.get(ada[kind]["href"]) for kind in KINDS),
            api.get(ada["href"], expand="accessTokens"),
        ]
        for each in answers:
            assert each.status == 200
            assert "no-store" in each.headers["cache-control"]

    def test_the_text_is_encrypted_where_it_is_stored(self, service: Service, api: Api, tokens: Json):
        for kind, table in (("accessTokens", "access_tokens"), ("refreshTokens", "refresh_tokens")):
            row = stored_row(service, table, hrefs(api, tokens)[kind].rpartition("/")[2])
            for text in (tokens["access_token"], tokens["refresh_token"]):
                for part in text.split("."):
                    assert part.encode() not in row["jwt"]

    def test_a_token_is_of_one_kind(self, api: Api, tokens: Json):
        access, refreshing = (each.rpartition("/")[2] for each in hrefs(api, tokens).values())

        for path in (f"/accessTokens/{refreshing}", f"/refreshTokens/{access}"):
            assert api.get(path).error == (404, 10013)
            assert api.delete(path).error == (404, 404)
        for id in ("0351A00000000000000000", "x", "%00", "x" * 1000):
            for kind in KINDS:
                assert api.get(f"/{kind}/{id}").error == (404, 10013)
                assert api.delete(f"/{kind}/{id}").error == (404, 404)
        assert api.get(hrefs(api, tokens)["accessTokens"]).status == 200

    def test_tokens_of_another_tenant_are_not_there(self, api: Api, stranger: Api, tokens: Json):
        for href in hrefs(api, tokens).values():
            assert stranger.get(href).error == (404, 10013)
            assert stranger.delete(href).error == (404, 404)
            assert api.get(href).status == 200


class TestCollections:
    def test_an_account_lists_its_tokens(self, api: Api, application: Json, ada: Json, tokens: Json):
        refresh(api, application, tokens["refresh_token"])
        log_in(api, application)

        assert api.get(ada["accessTokens"]["href"])["size"] == 3
        assert api.get(ada["refreshTokens"]["href"])["size"] == 2
        for kind, href in hrefs(api, tokens).items():
            assert api.get(ada[kind]["href"]).items[0] == api.get(href).ok

    def test_tokens_of_one_application_are_searched(
        self, api: Api, directory: Json, application: Json, ada: Json, tokens: Json
    ):
        other = api.application("Other")
        api.mapping(other, directory)
        of_other = log_in(api, other)

        for kind in KINDS:
            for each, its in ((application, tokens), (other, of_other)):
                filters = {"application.href": each["href"]}
                found = api.get(ada[kind]["href"], filters).ok
                assert [item["href"] for item in found["items"]] == [hrefs(api, its)[kind]]
                assert found["size"] == 1
            unused = api.application(f"Unused {kind}")
            assert api.get(ada[kind]["href"], {"application.href": unused["href"]}).items == []

    def test_a_search_needs_the_href_of_an_application(
        self, api: Api, stranger: Api, ada: Json, directory: Json
    ):
        for kind in KINDS:
            for value, code in (
                ("nonsense", 2103),
                (directory["href"], 2103),
                ("", 2101),
                ("*", 2103),
            ):
                answer = api.get(ada[kind]["href"], {"application.href": value})
                assert answer.error == (400, code), value
            for name in ("application", "application.name", "jwt", "account.href", "grantId", "expiresAt"):
                assert api.get(ada[kind]["href"], {name: "x"}).error == (400, 2105), name
            foreign = {"application.href": stranger.application(f"Theirs {kind}")["href"]}
            for nothing in (foreign, {"application.href": "/applications/0351A00000000000000000"}):
                assert api.get(ada[kind]["href"], nothing).items == []

    def test_lists_have_pages_order_and_inline_links(
        self, api: Api, application: Json, ada: Json, tokens: Json, clock: Clock
    ):
        for _ in range(2):
            clock.moves(1)
            log_in(api, application)
        for kind in KINDS:
            path = ada[kind]["href"]
            oldest_first = [each["href"] for each in api.every(path, limit=1)]
            assert oldest_first[0] == hrefs(api, tokens)[kind]
            assert len(set(oldest_first)) == 3
            newest_first = [each["href"] for each in api.get(path, orderBy="createdAt desc").items]
            assert newest_first == oldest_first[::-1]
            (item,) = api.get(path, limit=1, expand="application,account").items
            assert (item["application"], item["account"]) == (application, ada)
            second = api.get(path, limit=1, offset=1).ok
            assert (second["size"], second["items"][0]["href"]) == (3, oldest_first[1])

    def test_an_account_shows_its_tokens_inline(self, api: Api, ada: Json, tokens: Json):
        shown = api.get(ada["href"], expand="accessTokens,refreshTokens(limit:1)").ok

        for kind, href in hrefs(api, tokens).items():
            assert [each["href"] for each in shown[kind]["items"]] == [href]

    def test_an_account_that_is_gone_has_no_lists(self, api: Api, ada: Json):
        api.delete(ada["href"])

        for kind in KINDS:
            assert api.get(ada[kind]["href"]).error == (404, 404)
