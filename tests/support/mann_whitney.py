"""The Mann-Whitney U test: whether two samples come from one distribution, whatever its shape."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

#: The share by which two times may differ and are alike. An account that exists is a row more to read, which
#: hundreds of samples on an idle machine do find: it is 2 % of a login whose hash costs nothing, as in tests,
#: and less than a thousandth of one with a hash of the service's own kind.
ALIKE: Final = 0.05


def p_value(left: Sequence[float], right: Sequence[float]) -> float:
    """Return how likely so large a difference between two samples is if there is none (two-sided).

    By the normal approximation, with the correction for ties: good from some 20 values on each side.
    """
    ranks = _mean_ranks([*left, *right])
    n, m = len(left), len(right)
    u = sum(ranks[each] for each in left) - n * (n + 1) / 2
    total = n + m
    ties = sum(number**3 - number for number in Counter([*left, *right]).values())
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance == 0:
        return 1.0
    deviation = max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(deviation / math.sqrt(2))


def p_alike(left: Sequence[float], right: Sequence[float]) -> float:
    """Return how likely so large a difference of times is if one takes at most 5 % longer than the other."""
    slow, fast = sorted((left, right), key=median, reverse=True)
    nearer = [each / (1 + ALIKE) for each in slow]
    return 1.0 if median(nearer) <= median(fast) else p_value(nearer, fast)


def _mean_ranks(values: list[float]) -> dict[float, float]:
    """Return the rank of each value among all, from 1; equal values share the mean of theirs."""
    ranks, before = {}, 0
    for value, number in sorted(Counter(values).items()):
        ranks[value] = before + (number + 1) / 2
        before += number
    return ranks
