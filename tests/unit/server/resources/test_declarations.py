"""Rules that hold for the declaration of every resource."""

import pytest

from stormpath.server.resources import RESOURCES
from stormpath.server.schema import Collection, Link, Resource, Timestamp


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.name)
class TestEveryResource:
    def test_names_differ_by_more_than_letter_case(self, resource: Resource):
        assert len(resource.by_folded_name) == len(resource.attributes)

    def test_links_and_collections_refer_to_declared_resources(self, resource: Resource):
        known = {each.name for each in RESOURCES}

        for attribute in resource.own:
            if isinstance(attribute, Link):
                assert set(attribute.to) <= known
            if isinstance(attribute, Collection):
                assert attribute.of in known

    def test_it_and_its_links_have_a_description(self, resource: Resource):
        assert resource.about
        unexplained = [
            each.name
            for each in resource.own
            if isinstance(each, Link)
            and not each.about
            and each.name not in ("application", "account", "group")
        ]
        assert unexplained == []

    def test_no_two_columns_have_the_same_name(self, resource: Resource):
        columns = [column.name for each in resource.attributes for column in each.columns()]

        assert len(columns) == len(set(columns))

    def test_times_are_searchable_and_sortable(self, resource: Resource):
        for each in resource.attributes:
            if isinstance(each, Timestamp):
                assert each.searchable
                assert each.sortable
