"""Two random words, for the name of a new tenant."""

from __future__ import annotations

import secrets
from typing import Final

_FIRST: Final = """
    amber autumn brave bright calm clear cosmic crisp curious daring early eager fair fleet gentle golden
    grand happy hidden honest humble ivory jolly keen kind lively lucky mellow merry mighty misty noble
    polished proud quick quiet rapid ready rising robust royal rustic sandy scarlet silent silver simple
    sincere snowy solid steady sunny swift tidy tranquil vivid warm wild winter wise
"""
_SECOND: Final = """
    acorn anchor badger beacon birch bison breeze bridge brook canyon cedar cliff cloud comet coral crane
    creek delta dolphin eagle ember falcon fern field fjord forest garden glacier grove harbor hawk heron
    hill island juniper lagoon lake lantern lark maple meadow mesa moon mountain oak ocean orchard otter
    owl panda pebble pine planet prairie quartz rain reef ridge river robin sparrow spruce star stone
    summit thunder trail valley willow wolf
"""


def random_name() -> str:
    """Return, for instance, ``silver-harbor``."""
    return f"{secrets.choice(_FIRST.split())}-{secrets.choice(_SECOND.split())}"
