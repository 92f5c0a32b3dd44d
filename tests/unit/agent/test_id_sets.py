"""Sets of ids that are compared without being kept."""

import pytest

from stormpath.agent.active_directory.id_sets import IdSet


def test_the_order_makes_no_difference():
    assert IdSet.of(["a", "b", "c"]) == IdSet.of(["c", "a", "b"])


@pytest.mark.parametrize("other", [[], ["a"], ["a", "c"], ["a", "b", "c"], ["ab"]])
def test_other_ids_are_another_set(other):
    assert IdSet.of(["a", "b"]) != IdSet.of(other)


def test_sets_are_added_and_taken_away():
    assert IdSet.of(["a", "b"]) + IdSet.of(["c"]) - IdSet.of(["a"]) == IdSet.of(["b", "c"])
    assert IdSet.of([]) - IdSet.of(["a"]) + IdSet.of(["a"]) == IdSet.of([])


def test_a_cursor_keeps_them():
    ids = IdSet.of(["a", "b"])

    assert IdSet.from_json(ids.to_json()) == ids


@pytest.mark.parametrize(
    "kept", [None, {}, {"count": 1}, {"count": "x", "digest": "0"}, {"count": 1, "digest": "-"}]
)
def test_what_a_cursor_cannot_have_kept_is_refused(kept):
    with pytest.raises((KeyError, TypeError, ValueError)):
        IdSet.from_json(kept)
