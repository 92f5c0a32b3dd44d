"""The administrators' directory, whose workflows and policies are fixed (rest-core 6.18)."""

from __future__ import annotations

from stormpath.server.domain.storage import Unit
from stormpath.server.schema.errors import ApiError, Code


def refuse_administrators(unit: Unit, directory_id: str) -> None:
    """Refuse to change a policy or a workflow of the directory that holds the tenant's administrators."""
    directory = unit.get("directory", directory_id)
    if directory is not None and directory["protected"]:
        raise ApiError(
            Code.FORBIDDEN,
            f"The policies of the directory '{directory['name']}' are fixed.",
            f"The directory '{directory['name']}' is part of the service itself: its policies and workflows "
            "cannot be changed.",
        )
