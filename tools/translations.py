"""Renew the translations of the Flask extension, and the texts of the console: ``make translations``.

Collects the texts of the Admin Console into ``console.pot``, which has no translation yet, and those of
``flask_stormpath`` into ``flask_stormpath.pot``, brings each ``.po`` of that up to date and compiles it. What
is translated stays, at the end of the file where the text is gone; a text that is new is left empty. Run it
after each change of a text, fill in what is new in the ``.po`` files, and run it again. It exits with 1 while
a text is not translated.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "flask_stormpath"
FOLDER: Final = PACKAGE / "translations"
TEMPLATE: Final = FOLDER / "flask_stormpath.pot"

CONSOLE: Final = ROOT / "stormpath" / "server" / "console"
CONSOLE_TEMPLATE: Final = CONSOLE / "translations" / "console.pot"

#: The functions that take a text: of modules, and of templates.
KEYWORDS: Final = {"_": None, "gettext": None, "LazyText": None, "text": None, "stormpath_text": None}
METHODS: Final = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS: Final = {"templates/**.html": {"silent": "false"}}
#: Of the console; entries of its menus are texts too, by the place of the argument.
CONSOLE_KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "Place": (2,),
    "Extra": (2,),
}
CONSOLE_HEADER: Final = "# The texts of the Admin Console of Stormpath. Apache License 2.0."
HEADER: Final = "# The texts of the Flask extension of Stormpath. Apache License 2.0."
#: A time in a file would change it at each run.
NO_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def collected() -> Catalog:
    """Return the texts of the package, with the files in which they stand."""
    catalog = Catalog(
        project="Stormpath", header_comment=HEADER, creation_date=NO_TIME, revision_date=NO_TIME
    )
    found = extract_from_dir(PACKAGE, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",))
    for name, line, text, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
        catalog.add(text, locations=[(name, line)], auto_comments=comments, context=context)
    return catalog


#: Modules of the console whose texts go through ``gettext`` in a template.
TABLES: Final = ("declared/json_values.py", "views/quickstart.py")
#: A call for a text that stands elsewhere, such as in a table of the same module.
_INDIRECT: Final = re.compile(r"(?<![\w.\"`])gettext\((?=[\w*])")
_TEXT: Final = re.compile(
    r"(?=.*[a-z])(?:[A-Z“].*|\S+ \S.*|string|number|boolean|array|object|null)", re.DOTALL
)


def texts_of_tables(path: Path) -> Iterator[str]:
    """Return what looks like a text in a module that calls ``gettext`` for more than literals."""
    source = path.read_text()
    is_named = path.relative_to(CONSOLE).as_posix() in TABLES
    if path.name in ("texts.py", "labels.py") or not (is_named or _INDIRECT.search(source)):
        return
    tree = ast.parse(source)
    left_out = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in left_out else None
        if isinstance(text, str) and _TEXT.fullmatch(text):
            yield text


def collected_of_console() -> Catalog:
    """Return the texts of the console; with those that it makes of the declarations of resources."""
    from stormpath.server.console import labels
    from stormpath.server.resources import RESOURCES

    catalog = Catalog(
        project="Stormpath", header_comment=CONSOLE_HEADER, creation_date=NO_TIME, revision_date=NO_TIME
    )
    found = extract_from_dir(
        CONSOLE, METHODS, OPTIONS, keywords=CONSOLE_KEYWORDS, comment_tags=("Translators:",)
    )
    for name, line, text, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
        catalog.add(text, locations=[(name, line)], auto_comments=comments, context=context)
    for path in sorted(CONSOLE.rglob("*.py")):
        for each in texts_of_tables(path):
            catalog.add(each, locations=[(path.relative_to(CONSOLE).as_posix(), 1)])
    for each in sorted(set(labels.texts(RESOURCES))):
        catalog.add(each, locations=[("labels.py", 1)])
    return catalog


def catalogs() -> Iterator[Path]:
    """Return the ``.po`` file of each language."""
    return iter(sorted(FOLDER.glob("*/LC_MESSAGES/flask_stormpath.po")))


def read(path: Path) -> Catalog:
    """Return a catalogue as it is on disk; its language is the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def renew(catalog: Catalog, template: Catalog) -> None:
    """Give a catalogue the texts of the package. A text that comes back has its translation again."""
    gone = {each.id: each.string for each in catalog.obsolete.values() if each.string}
    catalog.update(template, no_fuzzy_matching=True)
    for each in catalog:
        if each.id and not each.string:
            each.string = gone.pop(each.id, each.string)
    for text, string in gone.items():
        catalog.obsolete.setdefault(text, Message(text, string))


def as_text(catalog: Catalog) -> bytes:
    """Return a catalogue as a ``.po`` file, without times, versions and numbers of lines."""
    written = BytesIO()
    write_po(written, catalog, width=110, include_lineno=False, sort_by_file=True)
    return re.sub(rb'^"(?:[\w-]+-Date|Generated-By): .*\n', b"", written.getvalue(), flags=re.MULTILINE)


def untranslated(catalog: Catalog) -> list[str]:
    """Return the texts of a catalogue that have no translation, or one that must be looked at."""
    return [str(each.id) for each in catalog if each.id and (each.fuzzy or not each.string)]


def main() -> int:
    """Renew all files, and name what is not translated."""
    CONSOLE_TEMPLATE.parent.mkdir(exist_ok=True)
    CONSOLE_TEMPLATE.write_bytes(as_text(collected_of_console()))
    template = collected()
    TEMPLATE.write_bytes(as_text(template))
    missing = 0
    for path in catalogs():
        catalog = read(path)
        renew(catalog, template)
        catalog.creation_date = catalog.revision_date = NO_TIME
        path.write_bytes(as_text(catalog))
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        for text in untranslated(catalog):
            missing += 1
            print(f"{path.relative_to(PACKAGE.parent)}: not translated: {text}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
