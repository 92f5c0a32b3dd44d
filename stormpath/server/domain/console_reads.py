"""What the Admin Console shows that the API has no resource for. All of it is of one tenant, and bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

#: The most tokens of one page.
MOST_TOKENS: Final = 100

#: The most entries of a mirrored directory of one page, and of one problem that are counted.
MOST_ENTRIES: Final = 100
MOST_PROBLEMS: Final = 10_000

#: The most counters of guesses and certificates that are looked at.
MOST_COUNTERS: Final = 10_000
MOST_CERTIFICATES: Final = 500


class TokenRow(NamedTuple):
    """An access or refresh token without the token itself. Times are in milliseconds since 1970."""

    id: str
    account_id: str
    application_id: str
    created_at: int
    expires_at: int


class GuessCounter(NamedTuple):
    """A counter of wrong passwords: what it counts for is a digest, and not shown."""

    wrong: int
    ends_at: int


class StoredCertificate(NamedTuple):
    """A certificate that a tenant has stored, in PEM, and the kind and id of the resource that has it."""

    resource: str
    id: str
    pem: str


class TroubledAgent(NamedTuple):
    """An agent that is not online, the reason that it gave, and the name of its directory."""

    id: str
    status: str
    reason: str | None
    directory: str


class MirrorRun(NamedTuple):
    """The last synchronization of an agent: its stage, its last sign of life, what the agent told of it.

    ``allows_deletions`` tells whether the next one may delete however many are gone.
    """

    stage: str | None
    seen_at: int | None
    report: str | None
    allows_deletions: bool


class MirrorProblem(NamedTuple):
    """An entry of a server that is not stored as it is there.

    ``kind`` is ``account`` or ``group``; ``stored_id`` is the id of the one that has its former values.
    """

    problem: str
    kind: str
    entry_id: str
    dn: str
    stored_id: str | None


class MirrorPlace(NamedTuple):
    """Where a page of entries with problems ends."""

    problem: str
    kind: str
    entry_id: str


class ConsoleReads(Protocol):
    """Reads within a unit of work, of the unit's tenant alone."""

    def sizes(self) -> dict[str, int]:
        """Return how many applications, directories, organizations, groups and accounts there are, by kind.

        Groups and accounts may be millions: their numbers are kept. One statement.
        """

    def agents_in_trouble(self, limit: int) -> Sequence[TroubledAgent]:
        """Return agents with an error, then those that are offline."""

    def kind_of(self, id: str) -> str | None:
        """Return the kind of the resource with that id that has a page: an account, an API key and so on.

        One statement.
        """

    def names(self, resource: str, ids: Iterable[str]) -> dict[str, str]:
        """Return what accounts, applications or other resources with a name are called, by id.

        Those that are gone are left out. One statement.
        """

    def tokens(
        self,
        kind: str,
        now: int,
        *,
        application_id: str | None = None,
        account_id: str | None = None,
        before: str | None = None,
        limit: int = MOST_TOKENS,
    ) -> list[TokenRow]:
        """Return the latest tokens of a kind (``accessToken``, ``refreshToken``) that may be used now.

        Of one application or one account where it is named; ``before`` is the id to go on from.
        """

    def guess_counters(self, now: int) -> Sequence[GuessCounter]:
        """Return the counters of wrong passwords in the database that have not ended, the highest first.

        Of very many, ``MOST_COUNTERS`` are looked at, and the first ten returned.
        """

    def certificates(self) -> Sequence[StoredCertificate]:
        """Return the certificates of SAML providers and of the ID Site, ``MOST_CERTIFICATES`` at the most."""

    def mirror_run(self, agent_id: str) -> MirrorRun | None:
        """Return the last synchronization of an agent; ``None`` before the first."""

    def mirror_problem_counts(self, directory_id: str) -> dict[str, int]:
        """Return how many entries have each problem; of very many, ``MOST_PROBLEMS`` are counted.

        One statement.
        """

    def mirror_problems(
        self,
        directory_id: str,
        *,
        problem: str | None = None,
        after: MirrorPlace | None = None,
        limit: int = MOST_ENTRIES,
    ) -> Sequence[MirrorProblem]:
        """Return entries that have a problem, or that one, in their order by problem, kind and id."""
