"""Functions of the app that run before and after a login and a registration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask_stormpath.state import state

Hook = Callable[[Any], Any]
H = TypeVar("H", bound=Hook)

KINDS: Final = ("pre_login", "post_login", "pre_registration", "post_registration")


class Hooks:
    """The hooks of a manager, each a decorator.

    ``pre_login`` and ``pre_registration`` get the dictionary of what the person has entered, before anything
    is sent, and may change it; ``post_login`` and ``post_registration`` get the `User`. What any of them
    returns, other than None, is the answer to the request: nothing more is done then. A ``post_login`` runs
    when the person is logged in, after the second factor; a ``post_registration`` when the account is made.
    """

    def __init__(self) -> None:
        self.hooks: dict[str, list[Hook]] = {kind: [] for kind in KINDS}

    def pre_login(self, hook: H) -> H:
        """Run a function before a login with a password."""
        return self._add("pre_login", hook)

    def post_login(self, hook: H) -> H:
        """Run a function after each login."""
        return self._add("post_login", hook)

    def pre_registration(self, hook: H) -> H:
        """Run a function before a registration."""
        return self._add("pre_registration", hook)

    def post_registration(self, hook: H) -> H:
        """Run a function after each registration."""
        return self._add("post_registration", hook)

    def _add(self, kind: str, hook: H) -> H:
        self.hooks[kind].append(hook)
        return hook


def run(kind: str, subject: Any) -> Any:
    """Run the hooks of a kind in the order in which they were added; return the first answer, or None."""
    for hook in state().manager.hooks[kind]:
        answer = hook(subject)
        if answer is not None:
            return answer
    return None
