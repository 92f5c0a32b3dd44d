"""The file ``agent.properties``: all that the program of an agent has to be told."""

from __future__ import annotations

from typing import Final

NAME: Final = "agent.properties"

_TEXT: Final = """\
# The properties of a Stormpath agent, which mirrors an LDAP or Active Directory server.
# Start it with: stormpath agent run agent.properties
# The key is a secret: the file should be readable for the user alone who runs the agent.
# All other settings are made in the Admin Console; the agent hears of changes by itself.
agent.id={id}
agent.key={key}
agent.serviceUrl={url}
"""


def properties_file(agent_id: str, key: str, service_url: str) -> bytes:
    """Return the file of an agent, in the format of Java's properties (UTF-8)."""
    return _TEXT.format(id=agent_id, key=key, url=service_url.replace("\\", "\\\\")).encode()
