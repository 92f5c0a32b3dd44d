"""Calls of an agent, as its program makes them: with the key of its properties file."""

from dataclasses import dataclass
from typing import Any

from service.calls import Answer, Api, Json, id_of
from service.provider_bodies import copied


def properties_of(answer: Answer) -> dict[str, str]:
    """Return the properties of a file that an answer is."""
    assert answer.status == 200, answer.raw
    return properties_of_file(answer.raw)


def properties_of_file(content: bytes) -> dict[str, str]:
    lines = [each for each in content.decode().splitlines() if not each.startswith("#")]
    return dict(each.split("=", 1) for each in lines)


@dataclass
class AgentCaller:
    """The program of an agent, as far as the service can tell."""

    api: Api
    directory: Json
    id: str
    key: str
    process: str = "process-1"
    version: str | None = None

    @property
    def href(self) -> str:
        return f"{self.api.base_url}/agents/{self.id}"

    @property
    def shown(self) -> Json:
        """The agent as an administrator sees it."""
        return self.api.get(self.href).ok

    def call(self, path: str, body: Any) -> Answer:
        """Send a call as it is."""
        as_agent = Api(self.api.wsgi, self.api.base_url, key_id=self.id, secret=self.key)
        return as_agent.post(path, body)

    def poll_body(self, **changes: Any) -> Json:
        return {
            "process": self.process,
            "version": "3.0.0",
            "configuration": self.version,
            "status": {"state": "ONLINE", "reason": None},
            "logins": 4,
            "wait": 0,
            **changes,
        }

    def poll(self, **changes: Any) -> Json:
        """Poll, take the configuration that comes, and return the answer."""
        answer = self.call("/agent/poll", self.poll_body(**changes)).ok
        self.version = answer["configurationVersion"]
        return answer


def new_agent(api: Api, kind: str = "ldap", name: str = "Mirror") -> AgentCaller:
    """Make a mirrored directory, and return its agent, which has not called yet."""
    directory = api.directory(name, provider=copied(kind))
    agent = api.get(f"{directory['href']}/provider", expand="agent").ok["agent"]
    properties = properties_of(api.get(agent["download"]["href"]))
    return AgentCaller(api, directory, id_of(agent), properties["agent.key"])
