"""Faults in query strings (rest-core 1.11, 3.4)."""

import pytest

from service.calls import Api


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("q=%FF", 2100),
            ("%FF=a", 2100),
            ("name=a%00b", 2100),
            ("name", 2101),
            ("name=", 2101),
            ("expand=", 2101),
            ("limit=1&limit=2", 2102),
            ("name=a&n%61me=b", 2102),
            ("expand=tenant&expand=tenant", 2102),
            ("limit=0", 2103),
            ("limit=-1", 2103),
            ("limit=ten", 2103),
            ("limit=1.5", 2103),
            ("limit=99999999999999999999", 2103),
            ("offset=-1", 2103),
            ("offset=x", 2103),
            ("offset=%D9%A1", 2103),
            ("bogus=1", 2105),
            ("Name=a", 2105),
            ("password=a", 2105),
            ("protected=true", 2105),
            ("customData.a=1", 2105),
            ("tenant=x", 2105),
        ],
    )
    def test_a_fault_in_the_query_is_reported(self, api: Api, query: str, code: int):
        assert api.request("GET", "/applications", query=query).error == (400, code)

    @pytest.mark.parametrize(
        "query", ["", "&", "&&limit=5&", "limit=5&_method=GET", "limit=101", "limit=2147483647"]
    )
    def test_empty_parts_and_large_limits_are_accepted(self, api: Api, query: str):
        assert api.request("GET", "/applications", query=query).status == 200

    def test_what_means_something_elsewhere_is_ignored_too(self, api: Api):
        directory = api.directory()

        for query in ("limit", "offset", "orderBy", "q", "name", "createDirectory"):
            assert api.get(directory["href"], {query: "x"}).ok == directory
        assert api.post(directory["href"], {}, createDirectory="true").ok == directory
        assert api.post("/directories", {"name": "A"}, createDirectory="true").made["name"] == "A"
        assert api.delete(directory["href"], expand="tenant").status == 204
