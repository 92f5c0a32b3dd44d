"""The calls of agents, ``/agent/...``.

``docs/agent_protocol.rst`` describes the calls. They are authenticated by the agent's own key, which is good
for nothing else, and no API key is good for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from stormpath.server.agents import configuration, runs
from stormpath.server.agents.keys import AgentAuthenticator
from stormpath.server.agents.polling import News, Poll, Polling
from stormpath.server.agents.status import Said
from stormpath.server.domain.agent_logins import AgentLogins
from stormpath.server.domain.agents import ERROR, ONLINE, StoredAgent
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.rest import conditional
from stormpath.server.rest.body_limits import USUAL
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.messages import Request, Response, context_of, existing, json_body, send_json
from stormpath.server.rest.protocols import Protocol
from stormpath.server.rest.routes import Path
from stormpath.server.schema import Attribute, Choice, Flag, Number, Object, Text, required, wrong_type
from stormpath.server.schema.errors import ApiError, AttributeFault, Code
from stormpath.server.schema.query import check_size

Json = dict[str, Any]

POLL: Final = "/agent/poll"
LOGINS: Final = "/agent/logins"
RUNS: Final = "/agent/runs"
ENTRIES: Final = "/agent/runs/entries"
END: Final = "/agent/runs/end"

#: The largest body of entries, and of the end of a run, in bytes.
LARGEST: Final = 2 * 1024 * 1024

#: The longest wait of a poll, in seconds: proxies give up after half a minute.
LONGEST_WAIT: Final = 25
MOST_LOGINS: Final = 16
_MOST_RESULTS: Final = 64

_LONGEST_TEXT: Final = 4000
_SECOND: Final = 1000

_PROCESS: Final = Text(
    "process",
    required=True,
    max_length=64,
    pattern="[0-9A-Za-z_-]+",
    pattern_hint="letters, digits, hyphens and underscores",
)
_VERSION: Final = Text("configuration", max_length=64)
_POLL: Final = (
    _PROCESS,
    _VERSION,
    Object(
        "status",
        required=True,
        whole=True,
        members=(
            Choice("state", choices=(ONLINE, ERROR), required=True),
            Text("reason", max_length=_LONGEST_TEXT),
        ),
    ),
    Number("logins", required=True, minimum=0, maximum=MOST_LOGINS),
    Number("wait", required=True, minimum=0, maximum=LONGEST_WAIT),
)
_RESULT: Final = (Text("id", required=True, max_length=64), Text("outcome", required=True, max_length=64))
_BEGIN: Final = (
    _PROCESS,
    Text("configuration", required=True, max_length=64),
    Choice("kind", choices=("incremental", "full"), required=True),
)
_RUN: Final = Number("run", required=True, minimum=1)
_COMPLETE: Final = Flag("isComplete", required=True)


class AgentEndpoints:
    """The paths that agents call, below the service's ``root``."""

    def __init__(
        self,
        hrefs: Hrefs,
        render_error: Callable[[Response, ApiError], None],
        authenticator: AgentAuthenticator,
        polling: Polling,
        logins: AgentLogins,
    ) -> None:
        self._hrefs = hrefs
        self._render_error = render_error
        self._authenticator = authenticator
        self._polling = polling
        self._logins = logins

    def paths(self) -> list[Path]:
        """Return the paths, whole, with their protocols."""
        usual = Protocol(self._render_error, lambda path: USUAL)
        large = Protocol(self._render_error, lambda path: LARGEST)
        calls = {
            POLL: (self.poll, usual),
            LOGINS: (self.answer_logins, usual),
            RUNS: (self.begin, usual),
            ENTRIES: (self.take, large),
            END: (self.end, large),
        }
        return [
            Path(
                f"{self._hrefs.root}{path[1:]}",
                {"POST": responder},
                protocol=protocol,
                authenticate=self._authenticator.authenticate,
            )
            for path, (responder, protocol) in calls.items()
        ]

    def poll(self, req: Request, resp: Response) -> None:
        """POST of a long poll: the answer comes as soon as there is something to tell."""
        context, agent, body = _call(req)
        given = _values(_POLL, body)
        status = given["status"]
        said = Said(given["process"], status["state"], status.get("reason"))
        poll = Poll(said, given["configuration"], given["logins"], given["wait"])
        news = self._polling.answer(context, agent, poll, lambda: _leave_place(req))
        conditional.note_secret()
        send_json(resp, _told(context, news))

    def answer_logins(self, req: Request, resp: Response) -> None:
        """POST of the outcomes of logins."""
        _, agent, body = _call(req)
        results = body.get("results")
        if not isinstance(results, list):
            raise wrong_type("results", "a list of objects", results).of("")
        if len(results) > _MOST_RESULTS:
            raise ApiError(Code.TOO_LONG, f"results holds at most {_MOST_RESULTS} entries.")
        checked = [_values(_RESULT, each) for each in results]
        taken = [self._logins.answer(agent.id, each["id"], each["outcome"]) for each in checked]
        send_json(resp, {"taken": sum(taken)})

    def begin(self, req: Request, resp: Response) -> None:
        """POST: a run of a synchronization begins."""
        context, agent, body = _call(req)
        given = _values(_BEGIN, body)
        row = _current(context, agent, given["configuration"])
        begun = runs.begin(context, row, **given)
        send_json(resp, {"run": begun.run, "kind": begun.kind, "cursor": begun.cursor})

    def take(self, req: Request, resp: Response) -> None:
        """POST of a part of what a run has found."""
        context, agent, body = _call(req)
        run = _values((_RUN,), body)["run"]
        problems = runs.take(context, _row(context, agent), run, runs.batch_of(body))
        send_json(resp, {"problems": problems})

    def end(self, req: Request, resp: Response) -> None:
        """POST at the end of a run: repeated until it is done."""
        context, agent, body = _call(req)
        given = _values((_RUN, _COMPLETE), body)
        cursor, report = (_object(body, name) for name in ("cursor", "report"))
        ended = runs.end(
            context,
            _row(context, agent),
            given["run"],
            is_complete=given["isComplete"],
            cursor=cursor,
            report=report,
        )
        send_json(resp, {"isDone": ended.is_done, "stopped": ended.stopped})


def _call(req: Request) -> tuple[RequestContext, StoredAgent, Json]:
    """Return the context of an agent's call, the agent, and the body."""
    check_size(req.query_string)
    agent: StoredAgent = req.context.caller
    return context_of(req), agent, json_body(req)


def _leave_place(req: Request) -> None:
    """Let another request be worked on while this one waits."""
    if (place := getattr(req.context, "place", None)) is not None:
        place.leave()


def _row(context: RequestContext, agent: StoredAgent) -> Row:
    with context.read() as unit:
        return existing(unit, "agent", agent.id)


def _current(context: RequestContext, agent: StoredAgent, version: str) -> Row:
    """Return the row of an agent; raise 409 if its configuration is of another version."""
    with context.read() as unit:
        row = existing(unit, "agent", agent.id)
        if configuration.version_of(context, row, configuration.kind_of(unit, row)) != version:
            raise ApiError(
                Code.CONFLICT, "The configuration of the agent has changed: it has to poll for it first."
            )
        return row


def _values(attributes: Iterable[Attribute], body: Any) -> Json:
    """Return the checked members of a call, by their names. Others are left to later versions."""
    if not isinstance(body, dict):
        raise ApiError(Code.BAD_REQUEST, "An entry of a list is not a JSON object.")
    return {each.name: _value(each, body.get(each.name)) for each in attributes}


def _value(attribute: Attribute, value: Any) -> Any:
    try:
        if value is not None:
            return attribute.check(value)
        if attribute.required:
            raise required(attribute.name)
    except AttributeFault as error:
        raise error.of("") from None
    return None


def _object(body: Json, name: str) -> Json:
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise wrong_type(name, "an object", value).of("")
    return value or {}


def _told(context: RequestContext, news: News) -> Json:
    now = context.now_ms()
    return {
        "configuration": news.configuration,
        "configurationVersion": news.version,
        "logins": [
            {
                "id": each.id,
                "entryId": each.entry_id,
                "dn": each.dn,
                "password": context.secrets.open(each.sealed_password, each.id),
                "seconds": max(0, each.ends_at - now) / _SECOND,
            }
            for each in news.logins
        ],
        "synchronize": news.synchronize,
        "again": news.again,
    }
