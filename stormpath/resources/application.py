"""Applications: what accounts log in to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from stormpath.error import Error
from stormpath.nonce import Nonce as Nonce
from stormpath.resources.attributes import ListOf, Status, Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.expansion import Expansion
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

# How far the clocks of two machines may differ when one reads the tokens of the other.
LEEWAY = timedelta(seconds=2)
StormpathError = Error


@dataclass(eq=False)
class StormpathCallbackResult:
    """What a hosted login came to: the account (None after a logout), the caller's state, and the status."""

    account: Account | None
    state: Any
    status: str | None


class Application(AutoSaveMixin, DeleteMixin, DictMixin, StatusMixin, Resource):
    """Something that accounts log in to. Its accounts are those of the stores that are mapped to it."""

    SSO_ENDPOINT: ClassVar[str] = "https://api.stormpath.com/sso"
    SSO_LOGOUT_ENDPOINT: ClassVar[str] = SSO_ENDPOINT + "/logout"

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
    # Where new accounts and groups go; null: they cannot be created here.
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
        when it fails.
        """
        return self.login_attempts.basic_auth(
            login, password, expand, account_store, self, organization_name_key
        )

    def create_account(
        self, properties: Mapping[str, Any], registration_workflow_enabled: bool | None = None, **params: Any
    ) -> Account:
        """Create an account in the default account store; one request.

        With False as the second argument it is enabled at once, and no e-mail is sent, whatever its
        directory's policy says. See ``accounts.create``.
        """
        return self.accounts.create(
            properties, registration_workflow_enabled=registration_workflow_enabled, **params
        )

    def get_provider_account(self, provider: str, **kwargs: Any) -> Account:
        """Return the account that a provider's token or code belongs to, created if need be; one request.

        Pass ``access_token`` (for Twitter with ``access_token_secret``), or ``code`` (with ``redirect_uri``
        where it differs from the directory's). ``is_new_account`` tells whether it was created.
        """
        return self.accounts.create({"provider_data": {"provider_id": provider, **kwargs}})

    def send_password_reset_email(self, email: str, account_store: Any = None) -> Account:
        """POST an address, to which a reset token is sent, and return the account of it; one request.

        The account is lazy. The token is good for the hours that the ``password_policy`` of its directory
        says; where that has the e-mail switched off, nothing is sent, and ``password_reset_tokens.create``
        gives you the token. ``account_store`` (a resource, its href, or ``{"name_key": ...}``) limits the
        search for the address to one store. ``Error``: code 2016 when nobody has that address, 5114 when the
        store is not the application's, status 429 after too many e-mails. Do not show a stranger which.
        """
        asked = (
            {"email": email} if account_store is None else {"email": email, "account_store": account_store}
        )
        return self.password_reset_tokens.create(asked).account

    def verify_password_reset_token(self, token: str) -> Account:
        """GET a reset token, which stays good, and return its account; one request.

        Set ``password`` on the account and ``save()`` it: that is one more request, and ends this token with
        all others of the account. ``Error`` with status 404 for a token that was made up, has expired, was
        spent, or belongs to another application.
        """
        return self.password_reset_tokens.get(token).account

    def reset_account_password(self, token: str, password: str) -> None:
        """POST a new password to a reset token, which spends it and ends the account's others; one request.

        ``Error``: status 404 for a bad token (see ``verify_password_reset_token``); 400 for a password that
        the directory does not allow, and then the token stays good. An e-mail tells the account's owner.
        """
        token_href = self.password_reset_tokens.get(token).href
        self._store.create_resource(href=token_href, data={"password": password})

    def has_account(self, account: Any) -> bool:
        """Whether an account is among the application's: one request, or a few where neither is loaded."""
        from stormpath.resources.account import Account

        meant = account._itself() if isinstance(account, Resource) else account
        if not isinstance(meant, Account):
            raise TypeError(f"{account!r} is no Account")
        return self in meant.applications


class ApplicationList(CollectionResource[Application]):
    """Applications. ``create(..., create_directory=True)``, or a name, makes a directory along with one."""

    create_path = "/applications"
    resource_class = Application
    distinguishing = ("name",)


def __getattr__(name: str) -> Any:
    # Applications import these from here, too; they are loaded for those who do.
    if name == "jwt":
        return import_module("jwt")
    if name == "Organization":
        return import_module("stormpath.resources.organization").Organization
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
