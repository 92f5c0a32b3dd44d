"""What was typed in the wizard, on its way from step to step: sealed, in a hidden field of each form.

The service stores nothing before the directory is made. The agent's password is in it, so it can be read with
the service's key alone, and counts for one session.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Final

from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.views.directories import agent_settings
from stormpath.server.console.views.directories.types import ACTIVE_DIRECTORY, LDAP
from stormpath.server.schema.errors import ApiError, Code

STEPS: Final = 5

#: The longest state, in characters: several times what fields of the longest texts hold.
LONGEST: Final = 512 * 1024


@dataclass(slots=True)
class State:
    """The step that is shown (from 1), the kind of server, and what was typed, by the names of fields."""

    step: int = 1
    kind: str = LDAP
    values: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<State at step {self.step}>"

    def text(self, name: str) -> str | None:
        """Return what was typed in a field, or what it has at first."""
        return self.values.get(name, agent_settings.DEFAULTS[self.kind].get(name))

    def change_kind(self, kind: str) -> None:
        """Choose the kind of server: what was the default of the old kind becomes that of the new one."""
        if kind == self.kind or kind not in agent_settings.DEFAULTS:
            return
        before = agent_settings.DEFAULTS[self.kind]
        self.values = {name: text for name, text in self.values.items() if text != before.get(name)}
        self.kind = kind

    def settle_port(self, ssl_before: str | None) -> None:
        """Let the usual port follow the switch of SSL."""
        ssl = self.text(agent_settings.SSL) or "false"
        usual = (
            {None, "", agent_settings.PORTS[ssl_before]} if ssl_before in agent_settings.PORTS else {None, ""}
        )
        if self.text(agent_settings.PORT) in usual:
            self.values[agent_settings.PORT] = agent_settings.PORTS[ssl]


def sealed(request: ConsoleRequest, state: State) -> str:
    """Return the state for a hidden field."""
    text = json.dumps([state.step, state.kind, state.values])
    return base64.urlsafe_b64encode(request.console.secrets.seal(text, _owner(request))).decode()


def opened(request: ConsoleRequest) -> State:
    """Return the state that a form was sent with; a form without one begins anew."""
    text = request.form.get("state", "")
    if not text:
        return State(kind=ACTIVE_DIRECTORY if request.query.get("type") == ACTIVE_DIRECTORY else LDAP)
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        data = base64.urlsafe_b64decode(text.encode("ascii"))
        step, kind, values = json.loads(request.console.secrets.open(data, _owner(request)))
    except ValueError:
        raise ApiError(
            Code.BAD_REQUEST, "The form is of an earlier session. Please begin again with Create Directory."
        ) from None
    return State(step, kind, values)


def _owner(request: ConsoleRequest) -> str:
    return f"console wizard/{request.current.session.id}"
