"""Pauses between attempts at a service that fails, and the log's lines about it."""

import pytest

from stormpath.server.jobs.backoff import Backoff


@pytest.fixture
def backoff():
    return Backoff(1.0, 5.0, failing="Faxes cannot be sent", recovered="Faxes are being sent again.")


def lines(caplog):
    return [each.getMessage() for each in caplog.records]


def test_pauses_double_up_to_the_longest(backoff):
    assert [backoff.pause_after("busy") for _ in range(5)] == [1, 2, 4, 5, 5]
    assert backoff.is_lasting


def test_a_success_ends_the_pauses(backoff):
    backoff.pause_after("busy")

    assert backoff.pause_after(None) == 0

    assert backoff.in_a_row == 0
    assert backoff.pause_after("busy") == 1


def test_a_pause_passes(backoff):
    assert backoff.seconds_left == 0

    backoff.pause_after("busy")

    assert 0 < backoff.seconds_left <= 1


def test_only_a_different_error_and_the_recovery_are_logged(backoff, caplog):
    for error in ("421 busy", "421 busy", "no answer", None, None):
        backoff.pause_after(error)

    assert lines(caplog) == [
        "Faxes cannot be sent: 421 busy",
        "Faxes cannot be sent: no answer",
        "Faxes are being sent again.",
    ]


def test_errors_that_begin_alike_are_one_error(backoff, caplog):
    for number in range(3):
        backoff.pause_after(f"421 4.3.2 try again later, {number}")

    assert len(lines(caplog)) == 1
