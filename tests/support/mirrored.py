"""Directories that mirror a part of the tree of a real OpenLDAP server."""

from __future__ import annotations

from typing import Any

from stormpath import Client
from stormpath.resources.directory import Directory
from support.slapd_server import Tree


def mirrored(client: Client, tree: Tree, **config: Any) -> Directory:
    """Create a directory whose agent mirrors a part of the tree, with changes to its configuration."""
    whole = _without_nulls({**tree.configuration()["config"], **config})
    provider = {"provider_id": "ldap", "agent": {"config": whole}}
    return client.directories.create({"name": tree.base, "provider": provider})


def _without_nulls(config: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(each) if isinstance(each, dict) else each
        for name, each in config.items()
        if each is not None
    }
