"""The types of the Flask extension as an app sees them. Never run: mypy fails where a type has changed."""

from __future__ import annotations

from typing import Any, assert_type

from blinker import NamedSignal
from flask import Flask, Response

from flask_stormpath import (
    Client,
    ConfigurationError,
    StormpathError,
    StormpathManager,
    User,
    __version__,
    __version_info__,
    check_settings,
    groups_required,
    init_settings,
    login_required,
    user,
    user_context_processor,
    user_created,
)
from flask_stormpath.forms import LoginForm, RegistrationForm
from flask_stormpath.models import UserList, stormpath_signals, user_deleted, user_updated, users
from stormpath.error import Error
from stormpath.resources import Account, Application, CustomData, GroupList

app = Flask("shop")
manager = StormpathManager()


def of_the_manager() -> None:
    assert_type(StormpathManager(app), StormpathManager)
    assert_type(manager.init_app(app), None)
    assert_type(manager.client, Client)
    assert_type(manager.application, Application)
    assert_type(manager.login_view, str | None)
    assert_type(StormpathManager.load_user("https://id.example.com/v1/accounts/1"), User | None)
    manager.login_view = None


@app.route("/email")
@login_required
def email() -> str:
    return user.email


@app.route("/admins")
@groups_required(["admins"], all=False)
def admins(page: int = 1) -> Response:
    return Response(str(page))


def of_views() -> None:
    # The decorators keep the signatures.
    assert_type(email(), str)
    assert_type(admins(page=2), Response)


def of_users() -> None:
    assert_type(user, User)
    assert_type(user.email, str)
    assert_type(user.custom_data, CustomData)
    assert_type(user.groups, GroupList)
    assert_type(user.get_id(), str)
    assert_type(user.is_active, bool)
    assert_type(user.is_authenticated, bool)
    assert_type(user.is_anonymous, bool)
    assert_type(user.save(), None)
    assert_type(user.delete(), None)
    assert_type(users(), UserList)
    made = User.create(email="a@example.com", password="Changeme1!", given_name="Ann", surname="Lee")
    assert_type(made, User)
    assert_type(User.from_login("ann", "Changeme1!"), User)
    assert_type(User.from_google("code"), User)
    assert_type(User.from_facebook("token"), User)
    account: Account = made
    assert account


@manager.pre_login
def change_the_login(given: dict[str, Any]) -> None:
    given["login"] = given["login"].strip()


@manager.post_registration
def welcome(person: User) -> str:
    return f"Welcome, {person.given_name}"


def of_hooks(person: User) -> None:
    assert_type(change_the_login({}), None)
    assert_type(welcome(person), str)


def of_the_rest() -> None:
    assert_type(__version__, str)
    assert_type(__version_info__, list[str])
    assert_type(init_settings(app.config), None)
    assert_type(check_settings(app.config), None)
    assert_type(user_context_processor(), dict[str, Any])
    assert_type(stormpath_signals.signal("user-created"), NamedSignal)
    for each in (user_created, user_updated, user_deleted):
        assert_type(each, NamedSignal)
    failures: list[type[Exception]] = [ConfigurationError, StormpathError]
    error: type[Error] = StormpathError
    forms = (LoginForm(), RegistrationForm(config=app.config))
    assert failures
    assert error
    assert forms
