"""No version with a known advisory may be installed: setup.cfg against dependency_floors.toml."""

import configparser
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLOORS = tomllib.loads(Path(__file__).with_name("dependency_floors.toml").read_text())
REQUIREMENT = re.compile(r"^(?P<name>[\w-]+)(?:\[[\w,]+\])?>=(?P<lowest>[\d.]+)", re.MULTILINE)

#: What users install; the rest is for tests and documentation.
SHIPPED = ("redis", "memcached", "server", "postgresql", "flask")


def allowed() -> dict[str, str]:
    """Return the lowest version of each dependency that setup.cfg allows."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    texts = [setup["options"]["install_requires"], *setup["options.extras_require"].values()]
    return {found["name"]: found["lowest"] for text in texts for found in REQUIREMENT.finditer(text)}


def shipped() -> set[str]:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = setup["options.extras_require"]
    texts = [setup["options"]["install_requires"], *(extras[each] for each in SHIPPED)]
    return {found["name"] for text in texts for found in REQUIREMENT.finditer(text)}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def test_no_dependency_may_be_older_than_its_floor():
    lowest = allowed()

    too_low = {
        name: f"setup.cfg allows {lowest[name]}; {each['floor']} because: {each['reason']}"
        for name, each in FLOORS.items()
        if name in lowest and numbers(lowest[name]) < numbers(each["floor"])
    }

    assert too_low == {}


def test_every_dependency_has_a_floor_with_a_reason():
    assert shipped() - set(FLOORS) == set(), "look up its advisories, and add it to dependency_floors.toml"
    assert set(FLOORS) - set(allowed()) == set(), "this is no dependency any more"
    assert all(each["reason"].endswith(".") for each in FLOORS.values())


def test_the_libraries_that_the_sdk_imports_are_its_own_dependencies():
    packages = {"urllib3": "urllib3", "requests": "requests", "jwt": "PyJWT", "dateutil": "python-dateutil"}
    statement = re.compile(rf"^\s*(?:from|import) ({'|'.join(packages)})\b", re.MULTILINE)
    sources = [path.read_text() for path in (ROOT / "stormpath").rglob("*.py")]

    imported = {packages[each] for source in sources for each in statement.findall(source)}

    assert imported == set(packages.values())
    assert imported <= shipped()
