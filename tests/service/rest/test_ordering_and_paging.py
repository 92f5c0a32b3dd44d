"""Ordering, paging, and the cursor of `next` links (rest-core 3)."""

import base64
import json
from itertools import permutations
from urllib.parse import parse_qs, urlsplit

import pytest

from service.calls import Api, Json, id_of
from service.tenant_setup import context_of
from stormpath.server.app import Service

#: (given name, middle name): ties and nulls in both.
PEOPLE = [("Bea", None), ("ada", "x"), ("Ada", None), ("Zoe", "X"), ("bea", "a"), ("Ada", "a"), ("zoe", None)]


@pytest.fixture
def directory(api: Api) -> Json:
    directory = api.directory()
    for number, (given, middle) in enumerate(PEOPLE):
        api.account(directory, f"u{number}", givenName=given, middleName=middle)
    return directory


def names(items: list[Json]) -> list[int]:
    return [int(each["username"].removeprefix("u")) for each in items]


def expected(order: str) -> list[int]:
    """Sort by rest-core 3.3: case-insensitive, nulls last ascending and first descending, ties by age."""
    numbers = list(range(len(PEOPLE)))
    for statement in reversed(order.split(",")):
        name, _, direction = statement.partition(" ")
        column = {"givenName": 0, "middleName": 1}.get(name)
        if column is None:
            continue
        descending = direction.lower() == "desc"
        # Stable, also when reversed: ties keep the order of the statements after this one, and that of age.
        numbers.sort(
            key=lambda number: (PEOPLE[number][column] is None, (PEOPLE[number][column] or "").lower()),
            reverse=descending,
        )
    return numbers


ORDERS = [
    "givenName",
    "givenName desc",
    "middleName",
    "middleName desc",
    "middleName asc,givenName desc",
    "givenName,middleName",
    "givenName desc,middleName desc",
    "middleName DESC,givenName ASC",
]


class TestOrder:
    @pytest.mark.parametrize("order", ORDERS)
    def test_items_come_in_the_order_asked_for(self, api: Api, directory: Json, order: str):
        assert names(api.get(directory["accounts"]["href"], orderBy=order).items) == expected(order)

    def test_without_one_the_oldest_come_first(self, api: Api, directory: Json):
        assert names(api.get(directory["accounts"]["href"]).items) == list(range(len(PEOPLE)))

    @pytest.mark.parametrize(
        "order", ["GivenName,Surname", "givenname DESC", "GIVENNAME Asc", " givenName  desc , surname"]
    )
    def test_names_and_directions_are_read_in_any_letter_case(self, api: Api, directory: Json, order: str):
        assert api.get(directory["accounts"]["href"], orderBy=order).status == 200

    def test_blanks_may_be_written_as_plus(self, api: Api, directory: Json):
        answer = api.request(
            "GET", directory["accounts"]["href"], query="orderBy=givenName+desc%2CmiddleName"
        )

        assert names(answer.items) == expected("givenName desc,middleName")

    @pytest.mark.parametrize(
        "name",
        [
            "username",
            "email",
            "surname",
            "fullName",
            "status",
            "emailVerificationStatus",
            "createdAt",
            "modifiedAt",
            "passwordModifiedAt",
        ],
    )
    def test_every_scalar_of_an_account_can_be_sorted_by(self, api: Api, directory: Json, name: str):
        for direction in ("asc", "desc"):
            found = api.every(directory["accounts"]["href"], orderBy=f"{name} {direction}", limit=3)
            values = [each[name] for each in found if each[name] is not None]
            assert values == sorted(values, key=str.lower, reverse=direction == "desc")
            assert sorted(names(found)) == list(range(len(PEOPLE)))

    @pytest.mark.parametrize(
        "name",
        [
            "href",
            "directory",
            "groups",
            "customData",
            "password",
            "tenant",
            "bogus",
            "protected",
            "givenName.x",
        ],
    )
    def test_other_attributes_cannot_be_sorted_by(self, api: Api, directory: Json, name: str):
        assert api.get(directory["accounts"]["href"], orderBy=name).error == (400, 2106)

    def test_lists_cannot_be_sorted_by(self, api: Api):
        assert api.get("/applications", orderBy="authorizedCallbackUris").error == (400, 2106)

    @pytest.mark.parametrize(
        "order", [",", "givenName,", ",givenName", "givenName up", "givenName asc desc", "asc desc asc", " "]
    )
    def test_a_malformed_order_is_refused(self, api: Api, directory: Json, order: str):
        assert api.get(directory["accounts"]["href"], orderBy=order).error == (400, 2104)

    def test_mappings_come_in_the_order_of_their_index(self, api: Api):
        application = api.application()
        for name in "ABC":
            api.mapping(application, api.directory(name), listIndex=0)

        pages = api.every(application["accountStoreMappings"]["href"], limit=1, expand="accountStore")

        assert [each["accountStore"]["name"] for each in pages] == ["C", "B", "A"]

    @pytest.mark.parametrize(
        "order",
        [
            "isDefaultAccountStore",
            "isDefaultAccountStore desc",
            "listIndex desc",
            "isDefaultGroupStore,listIndex desc",
        ],
    )
    def test_flags_and_numbers_can_be_sorted_by(self, api: Api, order: str):
        application = api.application()
        for name in "ABCD":
            api.mapping(
                application,
                api.directory(name),
                isDefaultAccountStore=name == "B",
                isDefaultGroupStore=name == "C",
            )
        href = application["accountStoreMappings"]["href"]

        whole = api.get(href, orderBy=order).items

        assert api.every(href, orderBy=order, limit=1) == whole
        values = [each[order.split()[0].split(",")[0]] for each in whole]
        assert values == sorted(values, reverse=" desc" in order.split(",")[0])


class TestWindow:
    @pytest.mark.parametrize(("offset", "limit"), [(0, 3), (3, 3), (6, 3), (0, 100), (0, 1), (5, 2)])
    def test_a_page_is_a_window_on_the_whole(self, api: Api, directory: Json, offset: int, limit: int):
        page = api.get(directory["accounts"]["href"], offset=offset, limit=limit, orderBy="givenName").ok

        assert names(page["items"]) == expected("givenName")[offset : offset + limit]
        assert (page["offset"], page["limit"], page["size"]) == (offset, limit, len(PEOPLE))
        assert page["href"] == directory["accounts"]["href"]
        assert ("next" in page) == (offset + limit < len(PEOPLE))

    @pytest.mark.parametrize("offset", [7, 8, 1000, 2**31 - 1])
    def test_a_page_beyond_the_end_is_empty(self, api: Api, directory: Json, offset: int):
        page = api.get(directory["accounts"]["href"], offset=offset).ok

        assert (page["items"], page["offset"], page["size"]) == ([], offset, len(PEOPLE))
        assert "next" not in page

    def test_a_page_has_25_items_by_default_and_100_at_most(self, api: Api):
        page = api.get("/accounts").ok
        assert (page["offset"], page["limit"]) == (0, 25)

        assert api.get("/accounts", limit=101).ok["limit"] == 100

    def test_an_empty_collection_is_an_empty_page_without_next(self, api: Api):
        page = api.get(api.directory("Nobody")["accounts"]["href"]).ok

        assert (page["size"], page["items"], "next" in page) == (0, [], False)


@pytest.mark.both_databases
class TestCursor:
    @pytest.mark.parametrize("order", ORDERS)
    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_following_next_gives_everything_once_and_in_order(
        self, api: Api, directory: Json, order: str, limit: int
    ):
        found = api.every(directory["accounts"]["href"], orderBy=order, limit=limit)

        assert names(found) == expected(order)

    def test_pages_say_where_they_are(self, api: Api, directory: Json):
        page = api.get(directory["accounts"]["href"], limit=3).ok
        windows = [(page["offset"], page["limit"], page["size"], len(page["items"]))]
        while "next" in page:
            page = api.get(page["next"]["href"]).ok
            windows.append((page["offset"], page["limit"], page["size"], len(page["items"])))

        assert windows == [(0, 3, 7, 3), (3, 3, 7, 3), (6, 3, 7, 1)]

    def test_a_next_link_keeps_the_question(self, api: Api, directory: Json):
        query = {
            "q": "u",
            "givenName": "*a*",
            "status": "ENABLED",
            "orderBy": "givenName desc",
            "expand": "directory",
            "limit": 1,
        }

        found = api.every(directory["accounts"]["href"], query | {"createdAt": "[2020, ]"})

        assert names(found) == [
            number for number in expected("givenName desc") if "a" in PEOPLE[number][0].lower()
        ]
        assert all(each["directory"]["name"] == "People" for each in found)

    def test_a_cursor_can_start_from_an_offset(self, api: Api, directory: Json):
        assert names(api.every(directory["accounts"]["href"], offset=2, limit=2)) == [2, 3, 4, 5, 6]

    @pytest.mark.parametrize("order", ["", "givenName", "middleName desc"])
    def test_what_is_added_or_deleted_meanwhile_neither_repeats_nor_skips(
        self, api: Api, directory: Json, order: str
    ):
        query = {"orderBy": order, "limit": 2} if order else {"limit": 2}
        page = api.get(directory["accounts"]["href"], query).ok
        seen = names(page["items"])
        turn = 100
        while "next" in page:
            # An item already read is deleted, and one is added before or after the items still to be read.
            api.delete(page["items"][0]["href"])
            if turn < 103:
                api.account(directory, f"u{turn}", givenName="Aaa", middleName=None)
            turn += 1
            page = api.get(page["next"]["href"]).ok
            seen += names(page["items"])

        assert [each for each in seen if each < 100] == expected(order or "createdAt")
        assert len(seen) == len(set(seen))

    def test_a_cursor_tells_rows_of_the_same_instant_apart(self, service: Service, api: Api, directory: Json):
        for account in api.every(directory["accounts"]["href"]):
            with context_of(service, api.tenant_id).write() as unit:
                unit.update("account", id_of(account), {"created_at": 1_400_000_000_000})

        for order in ("createdAt", "createdAt desc"):
            assert names(api.every(directory["accounts"]["href"], orderBy=order, limit=2)) == list(
                range(len(PEOPLE))
            )


def altered(cursor: str) -> list[str]:
    """Return altered forms of a cursor that sorts by (text, number)."""
    good = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    offset, size, id, after, order = good
    states: list[object] = [
        [],
        {},
        None,
        7,
        "x",
        [offset, size, id],
        [offset, size, id, after],
        [offset, size, id, after, order, 1],
        [offset, size, id, after, order + 1],
        *(list(each) for each in permutations(good) if list(each[2:]) != good[2:]),
        [-1, size, id, after, order],
        [offset, -1, id, after, order],
        [2**70, size, id, after, order],
        [offset, 2**70, id, after, order],
        [offset, size, "no id\u0000", after, order],
        [offset, size, 7, after, order],
        [offset, size, id, after[:1], order],
        [offset, size, id, [*after, "x"], order],
        [offset, size, id, after[::-1], order],
        [offset, size, id, [after[0], "x"], order],
        [offset, size, id, [7, after[1]], order],
        [offset, size, id, ["a\u0000b", after[1]], order],
        [offset, size, id, [after[0], 2**70], order],
        [offset, size, id, [after[0], 1.5], order],
        [offset, size, id, [after[0], True], order],
        [offset, size, id, [[after[0]], after[1]], order],
        [offset, size, id, [{}, after[1]], order],
    ]
    return [base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in states]


class TestTampering:
    def test_an_altered_cursor_is_refused(self, api: Api, directory: Json):
        href, order = directory["accounts"]["href"], "givenName,createdAt"
        following = api.get(href, limit=2, orderBy=order).ok["next"]["href"]
        (cursor,) = parse_qs(urlsplit(following).query)["cursor"]

        assert api.get(href, cursor=cursor, limit=2, orderBy=order).status == 200
        for each in [*altered(cursor), "x", "%", "a" * 10_000, cursor[:-3], cursor[1:], "🗄"]:
            assert api.get(href, cursor=each, limit=2, orderBy=order).error == (400, 2103)

    @pytest.mark.parametrize(
        "other",
        [None, "givenName", "createdAt,givenName", "givenName,createdAt,surname", "givenName desc,createdAt"],
    )
    def test_a_cursor_is_refused_for_another_order(self, api: Api, directory: Json, other: str | None):
        href = directory["accounts"]["href"]
        following = api.get(href, limit=2, orderBy="givenName,createdAt").ok["next"]["href"]
        (cursor,) = parse_qs(urlsplit(following).query)["cursor"]

        answer = api.get(href, {"cursor": cursor} | ({"orderBy": other} if other else {}))

        assert answer.error == (400, 2103)

    @pytest.mark.both_databases
    def test_a_cursor_shows_nothing_of_another_tenant(self, api: Api, stranger: Api, directory: Json):
        following = api.get(directory["accounts"]["href"], limit=2).ok["next"]["href"]

        assert stranger.get(following).error == (404, 404)
        (cursor,) = parse_qs(urlsplit(following).query)["cursor"]
        assert all(
            stranger.tenant in json.dumps(each) for each in stranger.get("/accounts", cursor=cursor).items
        )
