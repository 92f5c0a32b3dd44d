"""The bound of processor time, by which tests find what is expensive."""

from itertools import count

import pytest

from support.processor_time import within


def work(amount: int) -> int:
    return sum(range(amount))


def test_what_is_cheap_once_is_cheap():
    calls = count()

    assert within(0.02, lambda: work(5_000_000 if next(calls) == 0 else 10)) == 45
    assert next(calls) == 2


def test_what_is_expensive_each_time_is_told():
    with pytest.raises(AssertionError, match="of processor time each time"):
        within(0.000001, lambda: work(100_000))
