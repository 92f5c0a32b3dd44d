"""The commands and their options: what scripts rely on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stormpath import __version__
from stormpath.cli.key_file import DEFAULT as DEFAULT_KEY_FILE
from stormpath.cli.trouble import INTERRUPTED, Trouble, exit_status

app = typer.Typer(
    add_completion=False,
    help="User management: accounts, groups and logins, in your own database.",
    pretty_exceptions_enable=False,
)

Database = Annotated[
    str | None,
    typer.Option(
        help="sqlite:///users.db or postgresql://user:password@host/name.",
        envvar="STORMPATH_DATABASE",
        metavar="URL",
        show_default=False,
    ),
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the trace of an error.")]


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    arguments = arguments or ["--help"]
    # Looked for here, too: a command line that cannot be read is an error like any other.
    return exit_status(lambda: _run_app(arguments), verbose="--verbose" in arguments)


def _run_app(arguments: list[str]) -> None:
    # Typer turns Ctrl-C into this status, or into its own exception, depending on its version.
    if app(arguments, prog_name="stormpath", standalone_mode=False) == INTERRUPTED:
        raise KeyboardInterrupt


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stormpath {__version__}")
        raise typer.Exit


@app.callback()
def stormpath(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """User management: accounts, groups and logins, in your own database."""


@app.command(epilog="Example: stormpath init --database sqlite:///users.db --admin-email you@example.com")
def init(
    database: Database = None,
    api_key_file: Annotated[
        Path, typer.Option(metavar="PATH", help="Where the API key is written. What is there is kept.")
    ] = DEFAULT_KEY_FILE,
    admin_email: Annotated[
        str | None,
        typer.Option(
            metavar="E", show_default=False, help="The administrator. The password is asked for, or made up."
        ),
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the administrator's password from standard input.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Create or upgrade a database, its first administrator and an API key file. What is there stays."""
    from stormpath.cli.init import Wish, initialize
    from stormpath.cli.terminal import Terminal

    initialize(Wish(_named(database), api_key_file, admin_email, password_stdin), Terminal())


@app.command(epilog="Example: stormpath serve --database sqlite:///users.db --bind 127.0.0.1:8080")
def serve(
    database: Database = None,
    bind: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to listen.")] = "127.0.0.1:8080",
    workers: Annotated[int, typer.Option(metavar="N", help="The number of processes.")] = 1,
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="STORMPATH_BASE_URL",
            help="The address that clients use; every href begins with it. If not given: "
            "http://localhost:8080/v1, or what --bind says.",
            show_default=False,
        ),
    ] = None,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log each request: method, path, status, time.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Serve the API over HTTP, until SIGTERM or Ctrl-C."""
    from stormpath.cli import serve as serving

    database = _named(database)
    serving.hide_password(database)
    serving.serve(database, bind, workers, base_url, access_log=access_log, verbose=verbose)


@app.command(epilog="Example: stormpath quickstart")
def quickstart(verbose: Verbose = False) -> None:
    """See user management at work: a tour of the library, then of the service. Takes a few seconds.

    It writes stormpath-quickstart.db into the current folder; run it again whenever you like.
    """
    from stormpath.cli.quickstart import quickstart as show

    show()


def _named(database: str | None) -> str:
    if not database:
        raise Trouble("No database is named: give --database sqlite:///users.db, or set STORMPATH_DATABASE.")
    return database
