"""The links in e-mails, which lead to the pages of this app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from stormpath.resources.directory import Directory

if TYPE_CHECKING:
    from stormpath.resources.application import Application

RESET: Final = "A forgotten password"
VERIFICATION: Final = "The verification of an address"


def set_mail_links(application: Application, config: Mapping[str, Any]) -> dict[str, str]:
    """Make the e-mails of the default directory lead to this app's pages, and verify addresses if it asks to.

    Returns the links by their purposes. Does nothing without `STORMPATH_SITE_URL`: the address of a request
    cannot be trusted for that. About ten requests.
    """
    site = (config["STORMPATH_SITE_URL"] or "").rstrip("/")
    mapping = application.default_account_store_mapping
    directory = mapping and mapping.account_store
    if not site or not isinstance(directory, Directory):
        return {}
    links = {RESET: site + config["STORMPATH_FORGOT_PASSWORD_CHANGE_URL"]}
    for template in directory.password_policy.reset_email_templates:
        template.set_link_base_url(links[RESET])
        template.save()
    if not config["STORMPATH_ENABLE_VERIFY_EMAIL"]:
        return links
    links[VERIFICATION] = site + config["STORMPATH_VERIFY_EMAIL_URL"]
    policy = directory.account_creation_policy
    for template in policy.verification_email_templates:
        template.set_link_base_url(links[VERIFICATION])
        template.save()
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()
    return links
