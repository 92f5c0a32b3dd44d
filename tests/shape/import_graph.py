"""The import graph of the service in figures: modules, imports between rooms, imports upward, cycles.

Run it as a program for a table: ``python tests/shape/import_graph.py``. The layers come from the contract in
setup.cfg, or from ``--layers`` (top to bottom, separated by blanks; rooms of one layer joined by a comma).
"""

from __future__ import annotations

import argparse
import configparser
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
SERVICE = "stormpath.server"

Layers = list[list[str]]


def declared_layers() -> Layers:
    """Return the rooms of each layer, top to bottom, as the contract in setup.cfg names them."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    lines = settings["importlinter:contract:layers"]["layers"].split("\n")
    return [[each.strip() for each in line.split("|")] for line in lines if line.strip()]


@dataclass(frozen=True)
class Graph:
    """Imports between the rooms of the service, each with the number of imports."""

    modules: Counter[str]
    imports: Counter[tuple[str, str]]

    @property
    def cycles(self) -> list[list[str]]:
        """The sets of rooms each of which reaches all others of the set."""
        reach = {room: self._reached(room) for room in self.modules}
        groups = {
            tuple(sorted(other for other in reach[room] if room in reach[other]))
            for room in reach
            if room in reach[room]
        }
        return sorted(map(list, groups))

    def upward(self, layers: Layers) -> dict[tuple[str, str], int]:
        """Return the imports of a higher layer, or of another room in the same one."""
        height = {room: index for index, rooms in enumerate(layers) for room in rooms}
        return {
            (room, other): count
            for (room, other), count in sorted(self.imports.items())
            if room in height and other in height and height[other] <= height[room]
        }

    def _reached(self, room: str) -> set[str]:
        found: set[str] = set()
        waiting = [room]
        while waiting:
            here = waiting.pop()
            following = {other for (one, other) in self.imports if one == here} - found
            found |= following
            waiting += following
        return found


def service_graph(below: str = SERVICE) -> Graph:
    """Return the graph of what lies below a package, one room for each of its modules and packages."""
    graph = grimp.build_graph("stormpath", exclude_type_checking_imports=True)
    modules = sorted(each for each in graph.modules if each.startswith(f"{below}."))
    imports = Counter(
        (_room(module, below), _room(imported, below))
        for module in modules
        for imported in graph.find_modules_directly_imported_by(module)
        if imported.startswith(f"{below}.") and _room(module, below) != _room(imported, below)
    )
    return Graph(Counter(_room(each, below) for each in modules), imports)


def _room(module: str, below: str) -> str:
    return module.removeprefix(f"{below}.").partition(".")[0]


def _table(graph: Graph, layers: Layers) -> Iterable[str]:
    order = [room for rooms in layers for room in rooms]
    rest = sorted(set(graph.modules) - set(order))
    yield f"{'room':<16} {'modules':>7}  imports"
    for room in [*order, *rest]:
        targets = [f"{other} {count}" for (one, other), count in sorted(graph.imports.items()) if one == room]
        yield f"{room:<16} {graph.modules[room]:>7}  {', '.join(targets)}"
    upward = graph.upward(layers)
    yield ""
    yield f"rooms: {len(graph.modules)}, modules: {sum(graph.modules.values())}"
    yield f"imports between rooms: {sum(graph.imports.values())}, in {len(graph.imports)} pairs of rooms"
    yield f"imports upward: {sum(upward.values())} {sorted(upward) or ''}"
    yield f"cycles between rooms: {graph.cycles or 'none'}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Figures of the import graph of the service.")
    parser.add_argument("--layers", help="top to bottom, blanks between layers, commas within one")
    given = parser.parse_args().layers
    layers = [each.split(",") for each in given.split()] if given else declared_layers()
    sys.stdout.writelines(f"{line}\n" for line in _table(service_graph(), layers))


if __name__ == "__main__":
    main()
