"""The rules of second factors: what is sent, what a code proves, how many may be guessed (rest-auth 8)."""

from __future__ import annotations

from typing import Final

from stormpath.server.factors import challenge, factor
from stormpath.server.resources.rules import Rules

#: The rules of resources that are declared in ``stormpath.server.resources.factors``, by name.
RULES: Final[dict[str, Rules]] = {each.resource.name: each for each in (factor.RULES, challenge.RULES)}
