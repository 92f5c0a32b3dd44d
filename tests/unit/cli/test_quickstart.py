"""The tour of ``stormpath quickstart``: it prints the code that it runs."""

import io

import pytest
from rich.console import Console

from stormpath.cli import tour
from stormpath.cli.quickstart import Show


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def show(screen):
    return Show(Console(file=screen, highlight=False, width=40))


def test_a_step_is_printed_as_it_is_run(show, screen):
    source = "total = sum(\n    range(4)\n)\ntotal"

    show.step(source)

    assert screen.getvalue() == "  total = sum(\n      range(4)\n  )\n  total\n  → 6\n"


def test_a_step_sees_the_names_of_earlier_steps(show, screen):
    show.step("numbers = [1, 2]")
    show.step("numbers + [3]")

    assert screen.getvalue().endswith("→ [1, 2, 3]\n")


def test_output_of_a_step_is_shown_as_a_result(show, screen):
    show.step("for each in 'ab':\n    print(each)")

    assert screen.getvalue().endswith("  → a\n  → b\n")


def test_a_step_whose_value_is_none_shows_no_result(show, screen):
    show.step("nothing = None\nnothing")

    assert "→" not in screen.getvalue()


def test_a_long_line_is_not_wrapped(show, screen):
    show.step(f"text = {'x' * 80!r}")

    assert f"  text = {'x' * 80!r}\n" in screen.getvalue()


def test_a_step_that_fails_ends_the_tour(show):
    with pytest.raises(ZeroDivisionError):
        show.step("1 / 0")


def test_text_in_brackets_is_not_taken_for_a_style(show, screen):
    show.say("[bold]")
    show.step("['[red]']")

    assert screen.getvalue() == "[bold]\n  ['[red]']\n  → ['[red]']\n"


def test_results_have_no_colours_outside_of_a_terminal(show, screen):
    show.chapter(tour.Chapter("A title", ("1 + 1",)))

    assert "\x1b" not in screen.getvalue()


def test_no_line_of_the_tour_is_wider_than_a_terminal():
    chapters = [tour.opening("sqlite:///stormpath-quickstart.db", None), tour.AGAIN, *tour.CHAPTERS]
    lines = [line for chapter in chapters for step in chapter.steps for line in step.splitlines()]

    assert [each for each in lines if len(each) > 78] == []
