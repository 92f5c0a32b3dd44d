"""Conditional GET: an answer that the caller has is not sent again (RFC 9110, 13.1.2)."""

import pytest

from service.calls import Answer, Api, Json


def get(api: Api, path: str, tag: str, method: str = "GET") -> Answer:
    return api.request(method, path, headers={"If-None-Match": tag})


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory(customData={"colour": "red"})


@pytest.mark.parametrize(
    "below", ["", "/customData", "/accounts", "?expand=accounts", "/accounts?limit=1&orderBy=email"]
)
def test_an_unchanged_answer_is_not_sent_again(api: Api, directory: Json, below: str):
    path = directory["href"] + below
    first = api.request("GET", path)

    again = get(api, path, first.headers["etag"])

    assert first.status == 200
    assert (again.status, again.raw) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["stormpath-request-id"] != first.headers["stormpath-request-id"]


def test_a_changed_answer_has_a_new_tag(api: Api, directory: Json):
    tag = api.get(directory["href"]).headers["etag"]

    api.post(directory["href"], {"description": "new"})

    answer = get(api, directory["href"], tag)
    assert answer.ok["description"] == "new"
    assert answer.headers["etag"] != tag


def test_a_list_changes_with_its_items(api: Api, directory: Json):
    path = directory["accounts"]["href"]
    tag = api.get(path).headers["etag"]

    api.account(directory)

    assert get(api, path, tag).ok["size"] == 1


def test_head_is_conditional_too(api: Api, directory: Json):
    tag = api.get(directory["href"]).headers["etag"]

    whole, again = api.request("HEAD", directory["href"]), get(api, directory["href"], tag, "HEAD")

    assert (whole.status, whole.raw, whole.headers["etag"]) == (200, b"", tag)
    assert (again.status, again.raw) == (304, b"")


@pytest.mark.parametrize("form", ["*", "W/{}", '"other", {}', '"other",W/{}'])
def test_the_header_may_name_several_tags(api: Api, directory: Json, form: str):
    tag = api.get(directory["href"]).headers["etag"]

    assert get(api, directory["href"], form.format(tag)).status == 304


def test_errors_are_sent_whatever_the_header_says(api: Api, directory: Json):
    assert get(api, "/directories/0351A00000000000000000", "*").error == (404, 404)
    assert get(api, directory["href"] + "?expand=bogus", "*").error == (400, 2107)
    assert "etag" not in api.get("/directories/unknown").headers


def test_other_methods_ignore_the_header(api: Api, directory: Json):
    answer = api.request(
        "POST",
        directory["href"],
        b'{"name": "Crew"}',
        headers={"If-None-Match": "*", "Content-Type": "application/json"},
    )

    assert answer.ok["name"] == "Crew"
    assert "etag" not in answer.headers


def test_a_caller_without_access_gets_no_304(api: Api, stranger: Api, directory: Json):
    tag = api.get(directory["href"]).headers["etag"]

    assert get(stranger, directory["href"], tag).error == (404, 404)
    assert api.request("GET", directory["href"], headers={"If-None-Match": tag}, credentials={}).error == (
        401,
        401,
    )
