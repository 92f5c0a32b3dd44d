"""Whose account the first administrator is, and its password."""

import pytest

from stormpath.cli.administrator import choose_newcomer, made_up_password
from stormpath.cli.trouble import Trouble
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)


class Person:
    """Somebody at the terminal, who gives these answers; nobody when there are none."""

    def __init__(self, *answers, line=None):
        self.answers = list(answers)
        self.is_attended = bool(answers)
        self.line = line
        self.heard = []
        self.hidden = []

    def ask(self, question):
        return self.answers.pop(0)

    def ask_hidden(self, question):
        self.hidden.append(question)
        return self.answers.pop(0)

    def say(self, line):
        self.heard.append(line)

    def read_line(self):
        return self.line


class Directory:
    """Takes passwords of eight characters or more, for any address but a taken one."""

    def __init__(self, taken=()):
        self.taken = taken
        self.made = []

    def add(self, email, password):
        if email in self.taken:
            raise ApiError(Code.NOT_UNIQUE, "There is one.")
        if "@" not in email:
            raise ApiError(Code.BAD_FORMAT, "No address.")
        if len(password) < 8:
            raise ApiError(Code.TOO_SHORT, "Too short.")
        self.made.append((email, password))


def choose(person, directory, email=None, *, password_stdin=False):
    rehearsal = Directory()
    return choose_newcomer(
        email,
        password_stdin=password_stdin,
        terminal=person,
        rehearse=rehearsal.add,
        attempt=directory.add,
    )


def test_a_person_is_asked_for_the_address_and_twice_for_a_hidden_password():
    person, directory = Person("joe@example.com", "Changeme1!", "Changeme1!"), Directory()

    newcomer = choose(person, directory)

    assert directory.made == [("joe@example.com", "Changeme1!")]
    assert not newcomer.is_generated
    assert len(person.hidden) == 2


def test_a_weak_password_is_told_and_asked_for_again():
    person, directory = Person("weak", "weak", "Changeme1!", "Changeme1!"), Directory()

    choose(person, directory, "joe@example.com")

    assert person.heard == ["Too short."]
    assert directory.made == [("joe@example.com", "Changeme1!")]


def test_two_different_passwords_are_asked_for_again():
    person, directory = Person("Changeme1!", "Changeme2!", "Changeme1!", "Changeme1!"), Directory()

    choose(person, directory, "joe@example.com")

    assert directory.made == [("joe@example.com", "Changeme1!")]


def test_an_empty_password_is_made_up():
    person, directory = Person(""), Directory()

    newcomer = choose(person, directory, "joe@example.com")

    assert newcomer.is_generated
    assert directory.made == [("joe@example.com", newcomer.password)]


def test_a_bad_address_is_refused_before_a_password_is_asked_for():
    person = Person("Changeme1!", "Changeme1!")

    with pytest.raises(ApiError, match="No address"):
        choose(person, Directory(), "joe")

    assert person.hidden == []


def test_a_taken_address_is_not_asked_for_again_and_again():
    person = Person("Changeme1!", "Changeme1!")

    with pytest.raises(ApiError, match="There is one"):
        choose(person, Directory(taken=["joe@example.com"]), "joe@example.com")


def test_nobody_is_made_for_a_person_who_names_none():
    directory = Directory()

    assert choose(Person(""), directory) is None
    assert directory.made == []


def test_without_a_terminal_nobody_is_asked():
    assert choose(Person(), Directory()) is None


def test_without_a_terminal_a_password_is_made_up():
    directory = Directory()

    newcomer = choose(Person(), directory, "joe@example.com")

    assert newcomer.is_generated
    assert directory.made == [("joe@example.com", newcomer.password)]


def test_a_password_from_standard_input_is_taken_as_it_is():
    directory = Directory()

    newcomer = choose(Person(line=" Changeme1! "), directory, "joe@example.com", password_stdin=True)

    assert directory.made == [("joe@example.com", " Changeme1! ")]
    assert not newcomer.is_generated


def test_a_weak_password_from_standard_input_is_refused():
    with pytest.raises(ApiError, match="Too short"):
        choose(Person(line="weak"), Directory(), "joe@example.com", password_stdin=True)


def test_a_password_from_standard_input_needs_an_address():
    with pytest.raises(Trouble, match="--admin-email"):
        choose(Person(line="Changeme1!"), Directory(), password_stdin=True)


def test_a_made_up_password_has_every_usual_kind_of_character_and_is_new():
    passwords = {made_up_password() for _ in range(50)}

    assert len(passwords) == 50
    for each in passwords:
        assert len(each) == 23
        assert any(map(str.islower, each))
        assert any(map(str.isupper, each))
        assert any(map(str.isdigit, each))


def test_a_newcomer_does_not_show_the_password():
    newcomer = choose(Person(), Directory(), "joe@example.com")

    assert newcomer.password not in repr(newcomer)
