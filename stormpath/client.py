"""The client: the entry point that holds the credentials, the cache and the collections of a tenant."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from os import PathLike, environ
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from stormpath.auth import Auth, NoCredentials
from stormpath.base_url import CLOSED_ADDRESS, HOW_TO_START, BaseUrl, listed, without_secrets
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.data_store import DataStore
from stormpath.executor import Executor
from stormpath.forks import cached_property
from stormpath.http import HttpExecutor

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from stormpath.resources.account import AccountList
    from stormpath.resources.account_link import AccountLinkList
    from stormpath.resources.account_store_mapping import AccountStoreMappingList
    from stormpath.resources.agent import AgentList
    from stormpath.resources.api_key import ApiKeyList
    from stormpath.resources.application import ApplicationList
    from stormpath.resources.directory import DirectoryList
    from stormpath.resources.expansion import Expansion
    from stormpath.resources.group import GroupList
    from stormpath.resources.group_membership import GroupMembershipList
    from stormpath.resources.id_site import IDSiteList
    from stormpath.resources.organization import OrganizationList
    from stormpath.resources.organization_account_store_mapping import OrganizationAccountStoreMappingList
    from stormpath.resources.tenant import Tenant

# The database is in this process and other processes may write to it, so reading it again is cheap and a
# cached copy may be stale. Nonces are not copies: the cache is the only place that remembers a used one.
EMBEDDED_CACHE = {"store": NullCacheStore, "regions": {"nonces": {"store": MemoryStore}}}

R = TypeVar("R")

_SOURCES = (
    "api_key_file_location",
    "api_key_file",
    "api_key",
    "id",
    "secret",
    "api_key_id",
    "api_key_secret",
)


class Client:
    """The entry point to a tenant: in a database of your own, or at the address of a service.

    ``Client(database="sqlite:///users.db")`` runs the service in this process; without credentials it uses
    the key that the service keeps for that. A `pathlib.Path` names a SQLite file, too. ``sqlite://`` is a
    database in memory, of this client alone; ``sqlite:///file:NAME?mode=memory`` is one that the clients of
    this process share by its name, until the last of them is closed. ``Client(
    base_url="https://id.example.com/v1", id=..., secret=...)`` connects to a running service.
    ``STORMPATH_DATABASE`` and ``STORMPATH_CLIENT_BASEURL`` are the defaults of both; a ``base_url`` given
    here has precedence over ``STORMPATH_DATABASE``. With a database, hrefs begin with the base URL.

    ``base_url_aliases`` are other base URLs of the same service (a list, or one text with commas between;
    ``STORMPATH_CLIENT_BASEURLALIASES`` by default): its public address, or an earlier one. Hrefs below them
    are requested below ``base_url``; nothing is sent to an alias.

    With a database, ``smtp_url`` starts a thread of this process that sends the e-mails in its outbox,
    through the server ``smtp[s]://user:password@host:port``, or the tenant's own server if that is enabled.
    No environment variable starts the thread, nor does a tenant's server. The sender is ``mail_from``
    (``Name <address>`` or an address alone), unless the template names one. The clients of a database share
    the thread. Closing the last of them, or the end of the program, first sends the e-mails that are due, for
    ten seconds at most; the rest stays in the outbox. A forked child sends the e-mails that it causes itself.

    ``sms_gateway`` starts a thread of this process that sends the text messages (SMS) in the outbox. It calls
    ``sms_gateway(to, text)`` with a number in E.164, and again later if that raises an exception, until the
    code in the text is of no use. A call must end within 20 seconds. Closing and forking are as above.

    ``cache_options`` are those of `DataStore`; an embedded client caches nothing unless they are given.
    ``expand`` applies to ``tenant``. ``proxies`` maps ``http`` and ``https`` to proxy URLs.
    ``backoff_strategy`` takes the number of retries so far and returns milliseconds. All other keywords are
    those of `Auth`.

    Making a client of a service sends no request. ``ValueError`` when no credentials are found, when neither
    a database nor a base URL is configured, or when ``smtp_url`` or ``sms_gateway`` is given without a
    database; `Error` when the database cannot be opened, or ``smtp_url``, ``mail_from`` and ``sms_gateway``
    cannot be used. A client may be shared by threads and made before the process forks. It is a context
    manager that closes itself; one that is dropped without that is closed when it is garbage collected.
    """

    BASE_URL = CLOSED_ADDRESS

    def __init__(
        self,
        base_url: str | None = None,
        cache_options: Mapping[str, Any] | None = None,
        expand: "Expansion | None" = None,
        proxies: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        backoff_strategy: Callable[[int], float] | None = None,
        database: str | PathLike[str] | None = None,
        smtp_url: str | None = None,
        mail_from: str | None = None,
        base_url_aliases: str | Iterable[str] | None = None,
        sms_gateway: Callable[[str, str], None] | None = None,
        **auth_kwargs: Any,
    ) -> None:
        if database is None and base_url is None:
            database = environ.get("STORMPATH_DATABASE")
        base_url = base_url or environ.get("STORMPATH_CLIENT_BASEURL")
        if base_url_aliases is None:
            base_url_aliases = environ.get("STORMPATH_CLIENT_BASEURLALIASES")
        aliases = listed(base_url_aliases)
        self._expand = expand
        self.auth: Auth
        self._executor: Executor
        if database:
            aliases += listed(environ.get("STORMPATH_BASE_URL_ALIASES"))
            self._embed(
                database,
                base_url,
                aliases,
                smtp_url,
                mail_from,
                sms_gateway,
                user_agent,
                backoff_strategy,
                auth_kwargs,
            )
            cache_options = EMBEDDED_CACHE if cache_options is None else cache_options
        elif sms_gateway is not None:
            raise ValueError(
                "sms_gateway is for a client with a database: a service that is served sends its text "
                "messages itself (STORMPATH_SMS_URL)."
            )
        elif smtp_url or mail_from:
            raise ValueError(
                "smtp_url and mail_from are for a client with a database: a service that is served sends its "
                "e-mails itself (stormpath serve --smtp URL --mail-from ADDRESS)."
            )
        else:
            self.auth = _auth_for(base_url or self.BASE_URL, auth_kwargs)
            self._executor = HttpExecutor(
                base_url or self.BASE_URL,
                self.auth.scheme,
                proxies,
                user_agent,
                backoff_strategy,
                base_url_aliases=aliases,
            )
        self.BASE_URL = self._executor.base_url
        self.data_store = DataStore(self._executor, cache_options)

    def _embed(
        self,
        database: str | PathLike[str],
        base_url: str | None,
        aliases: tuple[str, ...],
        smtp_url: str | None,
        mail_from: str | None,
        sms_gateway: Callable[[str, str], None] | None,
        user_agent: str | None,
        backoff_strategy: Callable[[int], float] | None,
        auth_kwargs: Mapping[str, Any],
    ) -> None:
        from stormpath.embedded import EmbeddedExecutor, shared_service

        shared = shared_service(database, base_url and base_url.rstrip("/"), mail_from, aliases)
        try:
            self.auth = _auth_of_database(shared.local_api_key, auth_kwargs)
            self._executor = EmbeddedExecutor(
                shared.service,
                shared.service.base_url,
                self.auth.id,
                self.auth.secret,
                user_agent,
                backoff_strategy,
                on_close=shared.release,
                base_url_aliases=shared.service.base_url_aliases,
            )
            if smtp_url:
                shared.start_sender(smtp_url)
            if sms_gateway is not None:
                # Called by another thread, minutes later.
                if not callable(sms_gateway):
                    raise TypeError(
                        f"sms_gateway takes a function, not an object of type {type(sms_gateway).__name__}"
                    )
                shared.start_sms_sender(sms_gateway)
        except BaseException:
            shared.release()
            raise

    def close(self) -> None:
        """Close the connections, or the database if no other client of this process uses it.

        A request after that raises `Error`. Closing again does nothing.
        """
        self._executor.close()

    def for_end_user(self, address: "str | IPv4Address | IPv6Address") -> AbstractContextManager[None]:
        """Name the IP address of the person for whom this client sends requests inside a ``with`` block.

        ``with client.for_end_user("203.0.113.7"): application.authenticate_account(...)``. The service limits
        the wrong passwords from one address, and lets a person in from an address where the account has
        logged in before while others guess from elsewhere. Behind a proxy, take the address that your own
        proxy has seen; what else is in ``X-Forwarded-For`` can be made up by anyone.

        Inside, a request that is throttled (429) is not sent again: the person is told at once, and guesses
        of strangers hold no thread.

        Holds for this thread or asyncio task, and for no other client. Sends nothing by itself; the header is
        ``Stormpath-End-User-Address``. ``ValueError`` for what is no address, an empty text or None included.
        """
        # Imported here: most applications name no addresses.
        from stormpath import end_user

        return end_user.sent_by(self._executor, end_user.text_of(address))

    def attach(self, resource: R) -> R:
        """Give this client to a resource that was unpickled, and to all that it holds; return the resource.

        Makes no request. ``ValueError`` for a resource of another service, ``TypeError`` for anything else
        than a resource.
        """
        from stormpath.resources.detached import attach

        if not hasattr(resource, "_take_client"):
            raise TypeError(f"attach takes a resource, not an object of type {type(resource).__name__}")
        href = getattr(resource, "href", None)
        if href is not None and BaseUrl(self.BASE_URL).absolute(href) is None:
            raise ValueError(f"{resource!r} is not below the base URL of {self!r}")
        attach(resource, self)
        return resource

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A client holds credentials and connections, and is not pickled: make one in each process, and "
            "attach resources there with client.attach(...)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client(base_url={without_secrets(self.BASE_URL)!r}, auth={self.auth!r})"

    @cached_property
    def tenant(self) -> "Tenant":
        """The tenant of the credentials; loaded when an attribute of it is read."""
        from stormpath.resources.tenant import Tenant

        return Tenant(self, href="/tenants/current", expand=self._expand)

    @cached_property
    def accounts(self) -> "AccountList":
        """All accounts of the tenant. Making the list costs no request; iterating costs one per page."""
        from stormpath.resources.account import AccountList

        return AccountList(self, href=self._href("accounts"))

    @property
    def account(self) -> "AccountList":
        """Another name of ``accounts``."""
        return self.accounts

    @cached_property
    def applications(self) -> "ApplicationList":
        """All applications of the tenant."""
        from stormpath.resources.application import ApplicationList

        return ApplicationList(self, href=self._href("applications"))

    @cached_property
    def directories(self) -> "DirectoryList":
        """All directories of the tenant."""
        from stormpath.resources.directory import DirectoryList

        return DirectoryList(self, href=self._href("directories"))

    @cached_property
    def groups(self) -> "GroupList":
        """All groups of the tenant."""
        from stormpath.resources.group import GroupList

        return GroupList(self, href=self._href("groups"))

    @cached_property
    def group_memberships(self) -> "GroupMembershipList":
        """The group memberships, to create and to fetch by href; they are listed by account or group."""
        from stormpath.resources.group_membership import GroupMembershipList

        return GroupMembershipList(self, href=self._href("groupMemberships"))

    @cached_property
    def account_store_mappings(self) -> "AccountStoreMappingList":
        """The account store mappings, to create and to fetch by href; they are listed by application."""
        from stormpath.resources.account_store_mapping import AccountStoreMappingList

        return AccountStoreMappingList(self, href=self._href("accountStoreMappings"))

    @cached_property
    def organizations(self) -> "OrganizationList":
        """All organizations of the tenant."""
        from stormpath.resources.organization import OrganizationList

        return OrganizationList(self, href=self._href("organizations"))

    @cached_property
    def organization_account_store_mappings(self) -> "OrganizationAccountStoreMappingList":
        """The mappings of organizations, to create and to fetch by href; they are listed by organization."""
        from stormpath.resources.organization_account_store_mapping import OrganizationAccountStoreMappingList

        href = self._href("organizationAccountStoreMappings")
        return OrganizationAccountStoreMappingList(self, href=href)

    @property
    def agents(self) -> "AgentList":
        """All agents of the tenant; the first access loads the tenant."""
        return self.tenant.agents

    @property
    def id_sites(self) -> "IDSiteList":
        """The ID Sites of the tenant; the first access loads the tenant."""
        return self.tenant.id_sites

    @cached_property
    def api_keys(self) -> "ApiKeyList":
        """The API keys, to fetch by id or href; they are listed by account."""
        from stormpath.resources.api_key import ApiKeyList

        return ApiKeyList(self, href=self._href("apiKeys"))

    @cached_property
    def account_links(self) -> "AccountLinkList":
        """The account links, to create and to fetch by href; they are listed by account."""
        from stormpath.resources.account_link import AccountLinkList

        return AccountLinkList(self, href=self._href("accountLinks"))

    def _href(self, collection: str) -> str:
        return f"{self.BASE_URL}/{collection}"


def _auth_for(base_url: str, auth_kwargs: Mapping[str, Any]) -> Auth:
    try:
        return Auth(**auth_kwargs)
    except NoCredentials as nothing_found:
        if BaseUrl(base_url).is_closed:
            raise ValueError(HOW_TO_START) from nothing_found
        raise


def _auth_of_database(local_key: Callable[[], tuple[str, str]], auth_kwargs: Mapping[str, Any]) -> Auth:
    """Use the credentials that the caller names, else the database's own key.

    The environment and the home directory are not read: a key found there belongs to another service, and
    this database would refuse it.
    """
    if any(auth_kwargs.get(source) is not None for source in _SOURCES):
        return Auth(**auth_kwargs)
    key_id, secret = local_key()
    return Auth(**{**auth_kwargs, "id": key_id, "secret": secret})


_REACHABLE_HERE = {
    "Tenant": "tenant",
    "AccountLinkList": "account_link",
    "AccountStoreMappingList": "account_store_mapping",
    "ApiKeyList": "api_key",
    "GroupMembershipList": "group_membership",
    "OrganizationAccountStoreMappingList": "organization_account_store_mapping",
}


def __getattr__(name: str) -> Any:
    # Names that applications import from here; each module is loaded on first access.
    if name in _REACHABLE_HERE:
        return getattr(import_module(f"stormpath.resources.{_REACHABLE_HERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
