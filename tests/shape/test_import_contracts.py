"""The import contracts in setup.cfg, which import-linter checks: they cover every module of the SDK."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The modules of the SDK that the service may import, and the service itself.
SHARED = {"stormpath.forks", "stormpath.sauthc1", "stormpath.server"}


def test_the_service_may_import_no_other_module_of_the_sdk():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    forbidden = set(settings["importlinter:contract:service"]["forbidden_modules"].split())

    found = (each.stem for each in (ROOT / "stormpath").glob("[!_]*") if each.suffix in ("", ".py"))
    modules = {f"stormpath.{name}" for name in found} - SHARED

    assert modules <= forbidden, f"Add {modules - forbidden} to this contract in setup.cfg"
