"""Referrals to other domains, whose domain controllers count their changes by themselves."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import unquote, urlsplit

import ldap

from stormpath.agent import names
from stormpath.agent.active_directory.domain_controller import DomainController
from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import translated

# No entry has it: the answer is the referrals alone.
_NOTHING = "(objectGUID=" + "\\00" * 16 + ")"


def reference(connection: Connection, base: str, server: DomainController) -> str | None:
    """Return the URL of a referral to what this server does not hold; ``None`` where there is none.

    Every search at the root of a domain refers to the configuration of the forest, which this server holds.
    """
    with translated(connection.address, base, _NOTHING):
        found = connection.raw.search_ext_s(base, ldap.SCOPE_SUBTREE, _NOTHING, ["1.1"])
    urls = [str(url) for dn, more in found if dn is None for url in more]
    return next((url for url in urls if not _is_held(url, server)), None)


def _is_held(url: str, server: DomainController) -> bool:
    with suppress(ValueError, names.NameInvalid):
        name = names.normalized(unquote(urlsplit(url).path.removeprefix("/")))
        return any(name == names.normalized(each) for each in server.naming_contexts)
    return False
