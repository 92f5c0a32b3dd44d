"""The statistic by which tests compare times."""

import random

import pytest

from support.mann_whitney import p_alike, p_value


def test_it_is_what_a_calculation_by_hand_gives():
    # U is 9 where its mean is 10 and its deviation 4.082; and 0 where they are 12.5 and 4.787.
    assert p_value([78, 64, 75, 45, 82], [110, 70, 53, 51]) == pytest.approx(0.9025, abs=0.001)
    assert p_value([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(0.0122, abs=0.0002)


def test_samples_without_a_difference_have_none():
    assert p_value([1, 1, 1], [1, 1, 1]) == 1
    assert p_value([1, 2, 3], [1, 2, 3]) == 1


def test_a_shift_of_half_a_deviation_is_found_among_hundreds():
    chance = random.Random(6)  # noqa: S311  # examples, not secrets
    left, right = ([chance.gauss(0, 1) for _ in range(300)] for _ in "ab")

    assert p_value(left, right) > 0.01
    assert p_value(left, [each + 0.5 for each in right]) < 0.0001


def test_it_does_not_matter_which_comes_first():
    left, right = [1, 5, 7, 7], [2, 7, 9]

    assert p_value(left, right) == pytest.approx(p_value(right, left))


def test_times_are_alike_up_to_five_hundredths():
    chance = random.Random(7)  # noqa: S311  # examples, not secrets
    left, right = ([chance.gauss(1, 0.1) for _ in range(700)] for _ in "ab")

    assert p_alike(left, [each + 0.03 for each in right]) > 0.01
    assert p_alike([each + 0.03 for each in left], right) > 0.01
    assert p_alike(left, [each + 0.09 for each in right]) < 0.00001
    assert p_alike([each + 0.09 for each in left], right) < 0.00001
