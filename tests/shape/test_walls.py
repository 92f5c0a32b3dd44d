"""The walls between the rooms are drawn around every room there is; import-linter watches them."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What the service may import of the SDK, and itself.
SHARED = {"stormpath.forks", "stormpath.sauthc1", "stormpath.server"}


def test_every_room_of_the_sdk_is_out_of_the_service_s_reach():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    walled_off = set(settings["importlinter:contract:service"]["forbidden_modules"].split())

    found = (each.stem for each in (ROOT / "stormpath").glob("[!_]*") if each.suffix in ("", ".py"))
    rooms = {f"stormpath.{name}" for name in found} - SHARED

    assert rooms <= walled_off, f"Add {rooms - walled_off} to this contract in setup.cfg"
