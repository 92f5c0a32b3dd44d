"""The archives that users install: their files, metadata and dependencies."""

import configparser
import email
import email.message
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import stormpath

ROOT = Path(__file__).parents[2]
NOT_SOURCE = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".tox",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "*.egg-info",
    "build",
    "dist",
    "_build",
    "node_modules",
)
BUILD = "import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
REQUIREMENT = re.compile(r"(?P<name>[\w-]+)(\[[\w,]+\])?>=(?P<lowest>[\d.]+)")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The source archive, unpacked."""
    checkout = tmp_path_factory.mktemp("checkout") / "stormpath"
    shutil.copytree(ROOT, checkout, ignore=NOT_SOURCE)
    built = build("sdist", checkout, tmp_path_factory.mktemp("sdist"))
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(built) as archive:
        # Not as an argument: Python 3.11.2, which Debian 12 has, does not know filters yet.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(unpacked)  # noqa: S202  # We have just built it.
    return next(unpacked.iterdir())


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel, built from the source archive as a packager would."""
    with zipfile.ZipFile(build("wheel", sdist, tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel) -> email.message.Message:
    name = next(each for each in wheel.namelist() if each.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def build(kind: str, source: Path, target: Path) -> Path:
    command = [sys.executable, "-c", BUILD.format(kind=kind), str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.iterdir())


def files_below(folder: str, root: Path = ROOT) -> set[str]:
    made = {"__pycache__", "node_modules"}
    found = (each for each in (root / folder).rglob("*") if each.is_file())
    return {each.relative_to(root).as_posix() for each in found if made.isdisjoint(each.parts)}


def test_the_wheel_holds_the_whole_package_and_nothing_else(wheel):
    held = {each for each in wheel.namelist() if ".dist-info/" not in each}

    assert held == files_below("stormpath") | files_below("flask_stormpath")


def test_the_wheel_carries_its_types_and_its_migrations(wheel):
    held = wheel.namelist()

    assert {"stormpath/py.typed", "flask_stormpath/py.typed"} <= set(held)
    assert "flask_stormpath/templates/flask_stormpath/login.html" in held
    assert any(each.startswith("stormpath/server/storage/migrations/versions/") for each in held)


def test_the_wheel_carries_its_license(wheel, metadata):
    text = next(wheel.read(each).decode() for each in wheel.namelist() if each.endswith("LICENSE"))

    assert "Apache License" in text
    assert metadata.get("License-Expression", metadata.get("License")) == "Apache-2.0"


def test_the_wheel_states_the_version_that_the_package_states(metadata):
    assert (metadata["Name"], metadata["Version"]) == ("stormpath", stormpath.__version__)


def test_the_wheel_installs_the_command(wheel):
    name = next(each for each in wheel.namelist() if each.endswith("entry_points.txt"))

    assert "stormpath = stormpath.cli:main" in wheel.read(name).decode()


def test_the_source_archive_can_test_and_document_itself(sdist):
    wanted = {"CHANGES.rst", "LICENSE", "Makefile", "README.rst", "setup.cfg", "tox.ini", ".ci/run"}
    wanted |= files_below("tests") | {each for each in files_below("docs") if "_build" not in each}

    assert wanted - files_below("", sdist) == set()


def test_a_plain_install_brings_the_sdk_alone(metadata):
    requirements = [each for each in metadata.get_all("Requires-Dist") if "extra ==" not in each]

    names = {re.match(r"[\w-]+", each).group().lower() for each in requirements}
    assert names == {"requests", "urllib3", "python-dateutil", "isodate", "pyjwt", "pydispatcher"}


def test_the_extras_are_the_documented_ones(metadata):
    extras = set(metadata.get_all("Provides-Extra"))

    assert extras == {"redis", "memcached", "server", "postgresql", "flask", "ldap", "all", "test", "docs"}


def test_tox_tries_the_lowest_version_of_every_dependency():
    setup, tox = configparser.ConfigParser(), configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    tox.read(ROOT / "tox.ini")
    extras = setup["options.extras_require"]
    shipped = "".join(
        extras[each] for each in ("redis", "memcached", "server", "postgresql", "flask", "ldap")
    )

    lowest = {
        f"{each['name']}=={each['lowest']}"
        for each in REQUIREMENT.finditer(setup["options"]["install_requires"] + shipped)
    }

    assert set(tox["testenv:oldest"]["deps"].split()) == lowest
