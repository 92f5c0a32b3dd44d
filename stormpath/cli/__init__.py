"""The ``stormpath`` command."""

import sys

from stormpath import __version__


def main() -> None:
    """Run the command with this process's arguments, and exit with its status."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # Answered here: it works without the service's dependencies, and imports nothing.
        print(f"stormpath {__version__}")
        return
    from stormpath.cli.arguments import hide_passwords

    # First, and before the imports that take most of the time of a start.
    hide_passwords()
    try:
        from stormpath.cli.commands import run
    except ModuleNotFoundError as missing:
        if missing.name != "typer":
            raise
        print("stormpath: typer is not installed: pip install 'stormpath[server]'", file=sys.stderr)
        sys.exit(2)
    sys.exit(run(arguments))
