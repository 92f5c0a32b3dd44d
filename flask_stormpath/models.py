"""`User`: the account of a person who is logged in, and the signals about users."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from blinker import Namespace
from flask import has_request_context

from flask_stormpath.logins import sessions
from flask_stormpath.state import application, ask_application, client, for_end_user
from stormpath.resources.account import Account, AccountList
from stormpath.resources.expansion import Expansion

if TYPE_CHECKING:
    from stormpath.resources.application import Application
    from stormpath.resources.organization import Organization

stormpath_signals = Namespace()

#: After ``User.create``; the sender is `User`.
user_created = stormpath_signals.signal("user-created")
#: After ``save``; the sender is the user.
user_updated = stormpath_signals.signal("user-updated")
#: After ``delete``; there is no sender.
user_deleted = stormpath_signals.signal("user-deleted")


class User(Account):
    """The account of a person, as Flask-Login and templates use it.

    It has everything of the SDK's `Account`. The signals pass ``user``, a dictionary of the attributes that
    are held. The class methods resolve the application of the current app, make requests, and raise
    `StormpathError` when the service refuses.
    """

    @property
    def is_active(self) -> bool:
        """Whether it may log in: its status is ``ENABLED``. One request, unless it is held or cached."""
        return self.status == self.STATUS_ENABLED

    @property
    def is_authenticated(self) -> bool:
        """Always True."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Always False."""
        return False

    def __bool__(self) -> bool:
        # As an app asks ``if user``: that of a request without a login is false.
        return True

    def get_id(self) -> str:
        """Return the href."""
        return self.href

    def begin_login(self) -> str:
        """Return the id of a new login: what Flask-Login keeps when ``login_user`` is called."""
        return sessions.begin(self)

    def __repr__(self) -> str:
        held = _as_dict(self)
        name = held.get("username") or held.get("email") or ""
        return f'User <"{name}" ("{self.href}")>'

    def save(self) -> None:
        """Send what was changed, as `Account` does; then signal ``user_updated``.

        A person who sets an own password stays logged in here; all other logins of the account end.
        """
        sets_password = "password" in self._staged
        super().save()
        if sets_password and has_request_context():
            sessions.keep(self)
        user_updated.send(self, user=_as_dict(self))

    def delete(self) -> None:
        """Delete the account; then signal ``user_deleted``."""
        gone = _as_dict(self)
        super().delete()
        user_deleted.send(None, user=gone)

    @classmethod
    def create(
        cls,
        email: str,
        password: str,
        given_name: str,
        surname: str,
        username: str | None = None,
        middle_name: str | None = None,
        custom_data: Any = None,
        status: str = "ENABLED",
        organization: Organization | None = None,
    ) -> User:
        """Create an account in the application, or in an organization; one request.

        It goes to the default account store. ``status`` is sent where it is not the default: a directory that
        verifies addresses decides otherwise.
        """
        given = {
            "email": email,
            "password": password,
            "given_name": given_name,
            "surname": surname,
            "username": username,
            "middle_name": middle_name,
            "custom_data": custom_data,
            "status": None if status == cls.STATUS_ENABLED else status,
        }
        with for_end_user():
            created = _created(
                {name: value for name, value in given.items() if value is not None}, organization
            )
        announce(created)
        return created

    @classmethod
    def from_login(cls, login: str, password: str, organization_name_key: str | None = None) -> User:
        """Return the user with a username or e-mail address and a password.

        One request, and one more for a client that caches no accounts.
        """
        with for_end_user():
            found = ask_application(
                lambda asked: asked.authenticate_account(
                    login,
                    password,
                    expand=Expansion("account"),
                    organization_name_key=organization_name_key,
                )
            )
        user = cls(client(), href=found.href)
        user.get_status()
        return user

    @classmethod
    def from_google(cls, code: str) -> User:
        """Return the user who has a code of Google, made if needed; one request."""
        return cls.from_provider("google", code=code)

    @classmethod
    def from_facebook(cls, access_token: str) -> User:
        """Return the user who has a token of Facebook, made if needed; one request."""
        return cls.from_provider("facebook", access_token=access_token)

    @classmethod
    def from_provider(cls, provider_id: str, **proof: Any) -> User:
        """Return the user whom a provider vouches for, made if needed; one request.

        ``proof`` is that of ``Application.get_provider_account``. A user who was made is signalled.
        """
        with for_end_user():
            user = _created({"provider_data": {"provider_id": provider_id, **proof}})
        if user.is_new_account:
            announce(user)
        return user


class UserList(AccountList):
    """The accounts of an application, as users."""

    resource_class = User


def users(organization: Organization | None = None) -> UserList:
    """Return the accounts of the application, or of an organization, as users; makes no request."""
    return _users_of(organization or application())


def _users_of(owner: Application | Organization) -> UserList:
    return UserList(client(), href=owner.accounts.href)


def announce(user: User) -> None:
    """Signal ``user_created`` for a user who was made just now."""
    user_created.send(type(user), user=_as_dict(user))


def _created(properties: dict[str, Any], organization: Organization | None = None) -> User:
    made: Any
    if organization is not None:
        made = _users_of(organization).create(properties)
    else:
        made = ask_application(lambda asked: _users_of(asked).create(properties))
    user: User = made  # The class of the list's resources.
    return user


def _as_dict(user: Account) -> dict[str, Any]:
    held: dict[str, Any] = json.loads(user.to_json())
    return held
