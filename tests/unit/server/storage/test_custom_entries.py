"""What a search finds in a document is among the entries of the document."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stormpath.server.schema.query import CustomMatch, fold_custom_data
from stormpath.server.storage import custom_entries, custom_values

VALUES = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8"), max_size=90),
    st.booleans(),
    st.none(),
)


@given(value=VALUES | st.lists(VALUES, max_size=3), data=st.data())
def test_each_value_that_matches_has_the_entry_that_is_looked_for(value: object, data: st.DataObject):
    values = value if isinstance(value, list) else [value]
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in values] or ["x"]
    text = fold_custom_data(data.draw(st.sampled_from(texts)))
    length = data.draw(st.integers(1, max(1, len(text))))
    number = next(
        (Decimal(text) for each in values if type(each) in (int, float) and str(each) == text), None
    )
    found = custom_entries.of_document(json.dumps({"a": {"b": value}}))

    for match in (
        CustomMatch(("a", "b"), "equals", text, number),
        CustomMatch(("a", "b"), "starts", text[:length]),
    ):
        if not custom_values.matches(json.dumps([value, None]), custom_values.encoded(match)):
            continue
        path, wanted, as_number = custom_entries.wanted(match)
        own = {stored for at, stored in found if at == path}
        assert as_number in own or any(
            each == wanted if match.kind == "equals" else each.startswith(wanted) for each in own
        )


def test_a_document_with_too_much_has_one_entry():
    many = {f"k{number}": number for number in range(custom_entries.MOST_ENTRIES)}
    long = {"a": "b" * custom_entries.LONGEST_DOCUMENT}

    for document in (many, long):
        assert custom_entries.of_document(json.dumps(document)) == {custom_entries.UNINDEXED}
    assert custom_entries.of_document("{}") == frozenset()
