"""The requests of one login to its provider: how they are sent, read, and how they fail (rest-auth 5.2)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbound import FetchError, HttpAnswer
from stormpath.server.domain.storage import Row
from stormpath.server.logs import security
from stormpath.server.logs.escaping import escaped
from stormpath.server.logs.loggers import get_logger
from stormpath.server.resources.providers.provider import PROVIDER
from stormpath.server.schema import Secret, json_text
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social.endpoints import endpoint
from stormpath.server.social.masking import Mask, documented_texts

#: The longest answer of a provider, and the longest user info that is kept, in bytes.
MOST_BYTES: Final = 64 * 1024

#: No further request of a login is begun after so many seconds; each has a limit of its own.
MOST_SECONDS: Final = 15.0

_MOST_FIELDS: Final = 100
_FORM: Final = "application/x-www-form-urlencoded"
_HEADERS: Final = {"Accept": "application/json", "User-Agent": "stormpath"}
_UNREACHABLE: Final = "provider_unreachable"
_SECRET: Final = next(each for each in PROVIDER.own if isinstance(each, Secret))

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the provider, which was asked for ``what``.

    ``value`` is its JSON; where it has none, ``fault`` says why.
    """

    what: str
    status: int
    value: Any = field(repr=False)
    fault: str


class Conversation:
    """The requests of one login to a provider. The errors that it makes show nothing that was sent.

    ``provider`` is the row of a directory's provider. No unit of work may be open meanwhile.
    """

    def __init__(self, context: RequestContext, provider: Row, *, seconds: float = MOST_SECONDS) -> None:
        self.provider = provider
        self.client_id = str(provider["client_id"])
        self.client_secret = context.secrets.open(
            provider["client_secret"], _SECRET.belongs_to(provider["id"])
        )
        self.mask = Mask()
        self.mask.hide(self.client_secret, f"{self.client_id}:{self.client_secret}")
        self._context = context
        self._name = escaped(str(provider["provider_id"]), 60)
        self._deadline = time.monotonic() + seconds

    @property
    def now_s(self) -> int:
        """The seconds since 1970."""
        return self._context.now_ms() // 1000

    def url(self, name: str, path: str = "") -> str:
        """Return an endpoint of the provider, by the name of its setting, or a path below it."""
        return endpoint(self._context, name, path)

    def ask(
        self,
        what: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
    ) -> Reply:
        """Return the answer to a GET, or to a POST of a form or JSON, whatever its status.

        Raises ``ApiError`` (7200) when there is no answer. ``what`` names in errors what is asked for.
        """
        if time.monotonic() > self._deadline:
            raise self.failure(f"took too long: there was no time left to ask for {what}")
        sent = {**_HEADERS, **(headers or {})}
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        body = None
        if form is not None:
            sent["Content-Type"], body = _FORM, urlencode(form).encode()
        elif json is not None:
            sent["Content-Type"], body = "application/json", msgspec.json.encode(json)
        method = "GET" if body is None else "POST"
        try:
            url = with_query(url, query or {})
        except ValueError:
            raise self.failure(f"cannot be asked for {what}: its endpoint is no URL") from None
        try:
            answer = self._context.fetch(method, url, headers=sent, body=body)
        except FetchError as error:
            self._log_cause(what, error)
            # The reason would tell a caller who may name any host what else is there.
            raise self.failure(
                f"did not answer when asked for {what}, or may not be reached from here: the service's log "
                "has the reason"
            ) from None
        return Reply(what, answer.status, *_value_of(answer, may_be_form=form is not None))

    def ask_for_object(self, what: str, url: str, **request: Any) -> dict[str, Any]:
        """Return the JSON object of the answer; ``ApiError`` (7200) for any other answer."""
        return self.object_of(self.ask(what, url, **request))

    def object_of(self, reply: Reply) -> dict[str, Any]:
        """Return the JSON object of an answer with status 200; raise ``ApiError`` (7200) for any other."""
        if reply.status != 200:
            raise self.refusal(reply)
        if reply.fault:
            raise self.failure(f"answered with {reply.fault} when asked for {reply.what}")
        if not isinstance(reply.value, dict):
            raise self.failure(f"answered with JSON that is no object when asked for {reply.what}")
        return reply.value

    def refusal(self, reply: Reply, hint: str = "") -> ApiError:
        """Return the error for an answer with an error of the provider, with the provider's own texts."""
        asked = f"answered {reply.status} when asked for {reply.what}"
        return self.failure(f"{asked}{hint and f' ({hint})'}", reply.value)

    def failure(self, fault: str, answer: Any = None) -> ApiError:
        """Return the error of a login that the provider, or its answer, does not allow."""
        said = ": ".join(self.mask.shown(each) for each in documented_texts(answer))
        return ApiError(
            Code.PROVIDER_FAILED,
            "Sorry, the login did not work. Please contact support and tell them what you were doing.",
            f"{self._name} {fault}{said and f': {said}'}{'' if said.endswith('.') else '.'}",
        )

    def _log_cause(self, what: str, error: FetchError) -> None:
        if security.admits((_UNREACHABLE,)):
            facts = {"event": _UNREACHABLE, "provider": self._name, "asked_for": what, "cause": str(error)}
            _log.warning("%s", security.line({**facts, **security.request_facts()}))


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Return the URL with more parameters, and without a fragment, which is no part of a request."""
    parts = urlsplit(url)
    joined = "&".join(filter(None, (parts.query, urlencode(query))))
    return urlunsplit(parts._replace(query=joined, fragment=""))


def _value_of(answer: HttpAnswer, *, may_be_form: bool) -> tuple[Any, str]:
    """Return the value of an answer's body; or why it has none."""
    if len(answer.body) > MOST_BYTES:
        return None, f"more than {MOST_BYTES // 1024} KiB"
    try:
        if may_be_form and _media_type(answer) == _FORM:
            # Some token endpoints answer so, whatever they are asked for.
            return dict(parse_qsl(answer.body.decode(), max_num_fields=_MOST_FIELDS)), ""
        json_text.check(answer.body)
        return json_text.decode(answer.body), ""
    except (ApiError, ValueError, msgspec.MsgspecError):
        return None, "something that is no JSON"


def _media_type(answer: HttpAnswer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
