"""Applications: the programs that accounts log in to."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from stormpath.error import Error
from stormpath.nonce import Nonce as Nonce
from stormpath.resources.attributes import ListOf, Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.criteria import needed
from stormpath.resources.expansion import Expansion
from stormpath.resources.hosted_login import LEEWAY as LEEWAY
from stormpath.resources.hosted_login import HostedLogin
from stormpath.resources.hosted_login import StormpathCallbackResult as StormpathCallbackResult
from stormpath.resources.links import FreeForm, Link, Links
from stormpath.resources.mixins import AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account, AccountList
    from stormpath.resources.account_linking_policy import AccountLinkingPolicy
    from stormpath.resources.account_store_mapping import AccountStoreMapping, AccountStoreMappingList
    from stormpath.resources.api_key import ApiKeyList
    from stormpath.resources.auth_token import AuthTokenList
    from stormpath.resources.group import GroupList
    from stormpath.resources.login_attempt import AuthenticationResult, LoginAttemptList
    from stormpath.resources.oauth_policy import OauthPolicy
    from stormpath.resources.password_reset_token import PasswordResetTokenList
    from stormpath.resources.saml_policy import SamlPolicy
    from stormpath.resources.tenant import Tenant
    from stormpath.resources.verification_email import VerificationEmailList
    from stormpath.resources.web_config import WebConfig

StormpathError = Error

# What a provider gives to an account that has logged in.
_PROOFS = ("access_token", "code", "refresh_token")


class Application(HostedLogin, AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """A program that accounts log in to. Its accounts are those of the account stores mapped to it."""

    resolvable_attrs = ("name",)

    name = Text(writable=True)
    description = Text(writable=True, nullable=True)
    status = Status("ENABLED", "DISABLED")
    authorized_callback_uris = ListOf[str](writable=True)
    authorized_origin_uris = ListOf[str](writable=True)
    custom_data = FreeForm()
    tenant: Link[Tenant] = Link("Tenant")

    accounts: Links[AccountList] = Links("AccountList")
    groups: Links[GroupList] = Links("GroupList")
    account_store_mappings: Links[AccountStoreMappingList] = Links("AccountStoreMappingList")
    # The stores of new accounts and groups; null: none can be created here.
    default_account_store_mapping: Link[AccountStoreMapping | None] = Link("AccountStoreMapping")
    default_group_store_mapping: Link[AccountStoreMapping | None] = Link("AccountStoreMapping")
    login_attempts: Links[LoginAttemptList] = Links("LoginAttemptList")
    api_keys: Links[ApiKeyList] = Links("ApiKeyList")
    auth_tokens: Links[AuthTokenList] = Links("AuthTokenList")
    password_reset_tokens: Links[PasswordResetTokenList] = Links("PasswordResetTokenList")
    verification_emails: Links[VerificationEmailList] = Links("VerificationEmailList")

    oauth_policy: Link[OauthPolicy] = Link("OauthPolicy")
    saml_policy: Link[SamlPolicy] = Link("SamlPolicy", writable=True)
    account_linking_policy: Link[AccountLinkingPolicy] = Link("AccountLinkingPolicy")
    web_config: Link[WebConfig] = Link("WebConfig")

    def authenticate_account(
        self,
        login: str,
        password: str,
        expand: Expansion | None = None,
        account_store: Any = None,
        organization_name_key: str | None = None,
    ) -> AuthenticationResult:
        """Log in with a username or e-mail and a password; one request.

        The result can be used as the account. ``account_store`` (a resource, an href, or ``{"name_key":
        ...}``) or ``organization_name_key`` limit the login to one store. ``Error`` with the service's code
        when it fails; ``ValueError`` for a login or password that is None, and for a store without a value in
        it.
        """
        return self.login_attempts.basic_auth(
            login, password, expand, account_store, self, organization_name_key
        )

    def create_account(
        self, properties: Mapping[str, Any], registration_workflow_enabled: bool | None = None, **params: Any
    ) -> Account:
        """Create an account in the default account store; one request.

        With False as the second argument, the account is enabled at once and no e-mail is sent, regardless of
        the directory's policy. See ``accounts.create``.
        """
        return self.accounts.create(
            properties, registration_workflow_enabled=registration_workflow_enabled, **params
        )

    def get_provider_account(self, provider: str, **kwargs: Any) -> Account:
        """Return the account that a provider's token or code belongs to; create it if needed; one request.

        Pass ``access_token`` (for Twitter with ``access_token_secret``), or ``code`` (with ``redirect_uri``
        where it differs from the directory's). ``is_new_account`` says whether it was created. ``ValueError``
        without a provider, or without a token and a code.
        """
        needed("provider", provider)
        if not any(kwargs.get(name) for name in _PROOFS):
            raise ValueError(f"give one of {', '.join(_PROOFS)}: the provider knows the account by it")
        return self.accounts.create({"provider_data": {"provider_id": provider, **kwargs}})

    def send_password_reset_email(self, email: str, account_store: Any = None) -> Account:
        """Send a reset token to an e-mail address and return the address's account; one request.

        The account is lazy. The ``password_policy`` of its directory sets how many hours the token is valid.
        Where that policy switches the e-mail off, none is sent, and ``password_reset_tokens.create`` returns
        the token. ``account_store`` (a resource, its href, or ``{"name_key": ...}``) limits the search for
        the address to one store. ``Error``: code 2016 when no account has that address, 5114 when the store
        is not the application's, status 429 after too many e-mails. Do not show an anonymous user which.
        ``ValueError`` for an e-mail that is None or empty, and for a store without a value in it.
        """
        asked = {"email": email} | ({} if account_store is None else {"account_store": account_store})
        return self.password_reset_tokens.create(asked).account

    def verify_password_reset_token(self, token: str) -> Account:
        """GET a reset token, which stays valid, and return its account; one request.

        Setting ``password`` on the account and ``save()`` make one more request, which revokes this token and
        all others of the account. ``Error`` with status 404 for a token that is unknown, expired, spent, or
        of another application; ``ValueError`` for None or an empty one.
        """
        return self.password_reset_tokens.get(token).account

    def reset_account_password(self, token: str, password: str) -> None:
        """POST a new password to a reset token, which spends it and revokes the others; one request.

        ``Error``: status 404 for a bad token (see ``verify_password_reset_token``); 400 for a password that
        the directory does not allow, and then the token stays valid. The account gets an e-mail about it.
        """
        token_href = self.password_reset_tokens.get(token).href
        self._store.create_resource(href=token_href, data={"password": password})

    def has_account(self, account: Any) -> bool:
        """Whether an account is one of the application's; one request, or a few where neither is loaded."""
        from stormpath.resources.account import Account

        meant = account._referent() if isinstance(account, Resource) else account
        if not isinstance(meant, Account):
            raise TypeError(f"{account!r} is no Account")
        if meant.is_new():
            raise ValueError(f"{account!r} has no href: it was never saved")
        return self in meant.applications


class ApplicationList(CollectionResource[Application]):
    """Applications. ``create(..., create_directory=True)``, or a name, creates a directory with one."""

    create_path = "/applications"
    resource_class = Application
    distinguishing = ("name",)


def __getattr__(name: str) -> Any:
    # Applications import these from here, too. They are loaded only then.
    if name == "jwt":
        return import_module("jwt")
    if name == "Organization":
        return import_module("stormpath.resources.organization").Organization
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
