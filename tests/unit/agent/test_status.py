"""The status of an agent."""

from stormpath.agent.status import Status, StatusBoard


def test_the_status_names_what_is_wrong_with_each_part_once():
    changes = []
    board = StatusBoard(lambda: changes.append(board.status))
    assert board.status == Status("ONLINE", None)

    board.set("synchronization", "The server is down.")
    board.set("configuration", "The server is down.")
    board.set("configuration", "The base DN is not there.")
    board.set("synchronization", None)
    board.set("synchronization", None)
    board.set("configuration", None)

    assert changes == [
        Status("ERROR", "The server is down."),
        Status("ERROR", "The server is down. The base DN is not there."),
        Status("ERROR", "The base DN is not there."),
        Status("ONLINE", None),
    ]


def test_a_reason_has_no_control_characters():
    board = StatusBoard(lambda: None)

    board.set("synchronization", "It said:\n\x1b[2J.")

    assert board.status.reason == "It said:  [2J."


def test_a_long_reason_is_cut():
    board = StatusBoard(lambda: None)

    board.set("synchronization", "x" * 5000)

    assert len(board.status.reason) == 1000
