"""Build script: the metadata lives in setup.cfg; what needs a computation is here."""

import ast
from pathlib import Path

from setuptools import setup


def version() -> str:
    """Return the version that ``stormpath/__init__.py`` states, without importing the package.

    Importing it would need its dependencies, which are not there yet when the package is being built.
    """
    source = Path(__file__).with_name("stormpath").joinpath("__init__.py").read_text(encoding="utf-8")
    for statement in ast.parse(source).body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id="__version_info__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__version_info__"), value=value)
            ) if value is not None:
                return ".".join(map(str, ast.literal_eval(value)))
    raise SystemExit("stormpath/__init__.py does not state __version_info__ as a plain tuple")


setup(version=version())
