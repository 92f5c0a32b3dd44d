"""Methods, media types, paths and headers (rest-core 1.1 to 1.6; rest-auth 0)."""

import json
import re
import uuid

import pytest

from service.calls import Api, link

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

KINDS = [
    "applications",
    "directories",
    "accounts",
    "groups",
    "accountStoreMappings",
    "groupMemberships",
    "tenants",
]
JSON_TYPE = {"Content-Type": "application/json"}


class TestMethods:
    def test_creation_answers_201_with_its_location_and_everything(self, api: Api):
        answer = api.post("/directories", {"name": "People"})

        assert answer.status == 201
        assert answer.headers["location"] == answer["href"]
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"
        assert api.get(answer["href"]).ok == answer.json

    def test_an_update_answers_200_with_everything_and_no_location(self, api: Api):
        directory = api.directory()

        answer = api.post(directory["href"], {"description": "All of them"})

        assert answer.ok.keys() == directory.keys()
        assert "location" not in answer.headers

    def test_a_deletion_answers_204_without_a_body(self, api: Api):
        directory = api.directory()

        answer = api.delete(directory["href"])

        assert (answer.status, answer.raw) == (204, b"")
        assert "content-type" not in answer.headers
        assert api.get(directory["href"]).error == (404, 404)

    # The tests' WSGI server warns of unknown methods; other servers pass them on.
    @pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
    @pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "PURGE", "PROPFIND"])
    @pytest.mark.parametrize("path", ["/applications", "/tenants/current", "/directories/x/accounts"])
    def test_other_methods_are_not_served(self, api: Api, method: str, path: str):
        assert api.request(method, path).error == (405, 1100)

    @pytest.mark.parametrize(
        "path", ["/accountStoreMappings", "/groupMemberships", "/applications/x/loginAttempts"]
    )
    def test_a_resource_that_only_takes_post_cannot_be_read(self, api: Api, path: str):
        assert api.get(path).error == (405, 1100)

    @pytest.mark.parametrize("path", ["/accounts", "/groups"])
    def test_accounts_and_groups_are_created_below_their_owners_only(self, api: Api, path: str):
        assert api.post(path, {}).error == (405, 1100)
        assert api.post(f"{api.tenant}{path}", {}).error == (405, 1100)

    def test_a_group_does_not_create_accounts(self, api: Api):
        group = api.group(api.directory())

        assert api.post(group["accounts"]["href"], {}).error == (405, 1100)

    def test_collections_are_not_deleted(self, api: Api):
        assert api.delete("/applications").error == (405, 1100)

    def test_a_refused_method_gets_the_methods_that_are_served(self, api: Api):
        allowed = api.request("PUT", "/applications").headers["allow"]

        assert {each.strip() for each in allowed.split(",")} == {"GET", "HEAD", "POST"}

    def test_head_is_get_without_the_body(self, api: Api):
        directory = api.directory()

        read, asked = api.get(directory["href"]), api.request("HEAD", directory["href"])

        assert (asked.status, asked.raw) == (200, b"")
        assert asked.headers["content-length"] == str(len(read.raw))
        assert asked.headers["content-type"] == read.headers["content-type"]
        assert api.request("HEAD", "/directories/unknown").status == 404


class TestMethodOverride:
    def test_post_can_stand_for_delete(self, api: Api):
        directory = api.directory()

        assert api.post(directory["href"], {}, _method="DELETE").status == 204
        assert api.get(directory["href"]).status == 404

    def test_post_can_stand_for_put(self, api: Api):
        assert api.post("/applications", {"name": "A"}, _method="PUT").error == (405, 1100)

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_reading_never_deletes(self, api: Api, method: str):
        directory = api.directory()

        answer = api.request(method, directory["href"], query="_method=DELETE")

        assert answer.status == 200
        assert api.get(directory["href"]).status == 200


class TestBodies:
    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]
    )
    def test_a_body_that_is_not_json_is_refused(self, api: Api, kind: str):
        answer = api.request("POST", "/directories", b"name=People", headers={"Content-Type": kind})

        assert answer.error == (415, 1101)

    @pytest.mark.parametrize(
        "kind", ["application/json", "application/json;charset=UTF-8", "Application/JSON; charset=utf-8"]
    )
    def test_the_media_type_may_have_parameters_and_any_case(self, api: Api, kind: str):
        body = json.dumps({"name": "People"}).encode()

        assert api.request("POST", "/directories", body, headers={"Content-Type": kind}).status == 201

    @pytest.mark.parametrize(
        "body",
        [b"{", b"nonsense", b'{"name": "A",}', b"[]", b'"name"', b"null", b"17", b'{"a": 1} {}', b"{'a': 1}"],
    )
    def test_a_body_that_is_no_json_object_is_refused(self, api: Api, body: bytes):
        assert api.request("POST", "/directories", body, headers=JSON_TYPE).error == (400, 400)

    @pytest.mark.parametrize(
        "body", [b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}', b'{"name": "\\ud800"}']
    )
    def test_a_body_that_is_not_utf8_is_refused(self, api: Api, body: bytes):
        assert api.request("POST", "/directories", body, headers=JSON_TYPE).error in {
            (400, 400),
            (400, 2005),
        }

    def test_an_empty_body_is_an_empty_object_and_needs_no_media_type(self, api: Api):
        directory = api.directory()

        assert api.post(directory["href"]).ok == directory
        assert api.post("/directories").error == (400, 2000)

    def test_reading_and_deleting_ignore_the_media_type(self, api: Api):
        directory = api.directory()

        assert api.request("GET", directory["href"], headers={"Content-Type": "text/plain"}).status == 200
        assert api.request("DELETE", directory["href"], headers={"Content-Type": "text/plain"}).status == 204

    def test_a_body_that_is_too_large_is_refused_before_it_is_read(self, api: Api):
        answer = api.request("POST", "/directories", b" " * (11 * 1024 * 1024 + 1), headers=JSON_TYPE)

        assert answer.error == (413, 413)

    def test_text_is_utf8_both_ways(self, api: Api):
        body = '{"name": "Bücherei 図書館 🗄"}'.encode()

        answer = api.request("POST", "/directories", body, headers=JSON_TYPE)

        assert answer.made["name"] == "Bücherei 図書館 🗄"


class TestPaths:
    @pytest.mark.parametrize("path", ["/applications/", "//applications", "/applications//"])
    def test_slashes_may_be_repeated_or_trail(self, api: Api, path: str):
        assert api.get(path).ok == api.get("/applications").ok

    def test_extra_slashes_below_a_resource_are_ignored(self, api: Api):
        directory = api.directory()

        assert api.get(directory["href"].replace("/directories/", "//directories//") + "/").ok == directory

    @pytest.mark.parametrize(
        "path", ["/Applications", "/application", "", "/", "/applications/x/y/z", "/%00", "/applications/%00"]
    )
    def test_an_unknown_path_is_404(self, api: Api, path: str):
        assert api.get(path).error == (404, 404)

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_unknown_id_is_404(self, api: Api, kind: str):
        strange = ("a b", "%F0%9F%97%84", "%FF%FE", "'; DROP TABLE accounts", "x" * 5000)

        for id in ("unknown", "0" * 22, *strange):
            assert api.get(f"/{kind}/{id}").error == (404, 404)

    def test_an_unknown_owner_is_404(self, api: Api):
        assert api.get("/directories/unknown/accounts").error == (404, 404)
        assert api.post("/directories/unknown/accounts", {}).error == (404, 404)
        assert api.get("/accounts/unknown/customData").error == (404, 404)
        assert api.post("/accounts/unknown/customData", {"a": 1}).error == (404, 404)
        assert api.delete("/accounts/unknown/customData").error == (404, 404)
        assert api.delete("/accounts/unknown/customData/a").error == (404, 404)
        assert api.post("/applications/unknown/loginAttempts", {}).error == (404, 404)

    def test_ids_are_base62(self, api: Api):
        assert re.fullmatch(r".*/[0-9A-Za-z]{22}", api.directory()["href"])

    @pytest.mark.parametrize(
        "write",
        [lambda href: href, lambda href: "https://elsewhere.example" + href[21:], lambda href: href[21:]],
    )
    def test_only_the_path_of_an_href_in_a_body_matters(self, api: Api, write):
        application, directory = api.application(), api.directory()

        made = api.post(
            "/accountStoreMappings",
            {
                "application": {"href": write(application["href"])},
                "accountStore": {"href": write(directory["href"])},
            },
        ).made

        assert made["accountStore"] == link(directory)


class TestHeaders:
    def test_every_answer_has_a_request_id_of_its_own(self, api: Api):
        ids = [
            answer.headers["stormpath-request-id"]
            for answer in (api.get("/applications"), api.get("/applications"), api.get("/nothing"))
        ]

        assert all(UUID.fullmatch(each) for each in ids)
        assert len(set(ids)) == 3
        assert uuid.UUID(ids[0])

    def test_health_and_the_description_need_no_credentials(self, api: Api):
        assert api.request("GET", "http://localhost:8080/health", credentials={}).ok == {"status": "ok"}
        assert api.request("GET", "/openapi.json", credentials={}).ok["openapi"].startswith("3.1")
        assert api.request("POST", "http://localhost:8080/health", credentials={}).error == (405, 1100)

    def test_more_info_leads_to_a_page_that_explains_the_code(self, api: Api):
        for path, query in (("/nothing", ""), ("/applications", "bogus=1")):
            link, _, anchor = api.request("GET", path, query=query)["moreInfo"].partition("#")

            page = api.request("GET", link, credentials={})

            assert page.headers["content-type"].startswith("text/html")
            assert f'id="{anchor}"'.encode() in page.raw
