"""The commands and their options. Scripts rely on them."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from stormpath import __version__
from stormpath.cli.errors import INTERRUPTED, CommandError, exit_status
from stormpath.cli.key_file import DEFAULT as DEFAULT_KEY_FILE
from stormpath.cli.printable import escape_unencodable_output
from stormpath.cli.urls import url_in

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
DatabaseFile = Annotated[
    Path | None,
    typer.Option(
        help="A file that holds the database's URL: a command line with a password can be read by all users.",
        metavar="PATH",
        show_default=False,
    ),
]
SmtpFile = Annotated[
    Path | None,
    typer.Option(help="A file that holds the mail server's URL.", metavar="PATH", show_default=False),
]
Smtp = Annotated[
    str | None,
    typer.Option(
        "--smtp",
        help="The mail server: smtp://user:password@host:port, or smtps://.",
        envvar="STORMPATH_SMTP_URL",
        metavar="URL",
        show_default=False,
    ),
]
MailFrom = Annotated[
    str | None,
    typer.Option(
        help='The sender of e-mails whose template names none: "My App <hello@example.com>".',
        envvar="STORMPATH_MAIL_FROM",
        metavar="ADDRESS",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show the trace of an error.")]


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit status."""
    arguments = arguments or ["--help"]
    # Looked up here: a command line that cannot be parsed is an error like any other.
    return exit_status(lambda: _run_app(arguments), verbose="--verbose" in arguments)


def _run_app(arguments: list[str]) -> None:
    # Typer turns Ctrl-C into this status or its own exception, depending on its version.
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
    database_file: DatabaseFile = None,
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
    from stormpath.cli.init import InitRequest, initialize
    from stormpath.cli.terminal import Terminal

    named = _named(database, database_file)
    initialize(InitRequest(named, api_key_file, admin_email, password_stdin), Terminal())


@app.command(epilog="Example: stormpath serve --database sqlite:///users.db --bind 127.0.0.1:8080")
def serve(
    context: typer.Context,
    database: Database = None,
    database_file: DatabaseFile = None,
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
    smtp: Smtp = None,
    smtp_file: SmtpFile = None,
    mail_from: MailFrom = None,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Log each request: method, path, status, time.")
    ] = False,
    no_console: Annotated[
        bool, typer.Option("--no-console", help="Leave the Admin Console out, and serve the API alone.")
    ] = False,
    agents: Annotated[
        bool,
        typer.Option(
            "--agents", help="Run the agents of LDAP and AD directories that this machine can reach."
        ),
    ] = False,
    show_config: Annotated[
        bool,
        typer.Option("--show-config", help="Print every setting and its source, without secrets, and end."),
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Serve the API over HTTP, and send e-mails where --smtp or tenants say, until SIGTERM or Ctrl-C.

    Text messages are sent where STORMPATH_SMS_URL says.
    """
    named, mail_server = _named(database, database_file), _read(smtp, smtp_file)
    if show_config:
        from stormpath.cli import show_config as showing

        sources = showing.Sources(
            partial(_is_given, context), {"database": database_file, "smtp_url": smtp_file}
        )
        showing.show_config(
            named,
            bind,
            workers,
            base_url,
            smtp=mail_server,
            mail_from=mail_from,
            no_console=no_console,
            agents=agents,
            sources=sources,
        )
        return
    from stormpath.cli import serve as serving

    serving.serve(
        named,
        bind,
        workers,
        base_url,
        smtp=mail_server,
        mail_from=mail_from,
        no_console=no_console,
        agents=agents,
        access_log=access_log,
        verbose=verbose,
    )


@app.command(epilog="Example: stormpath console --database sqlite:///users.db")
def console(
    database: Database = None,
    database_file: DatabaseFile = None,
    bind: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Where to listen: an address of this machine. Port 0 is any free one."
        ),
    ] = "127.0.0.1:0",
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the link, and open no browser.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Show the Admin Console to this machine alone, logged in by a link that works once, until Ctrl-C.

    It is for development: there, you are the owner of the tenant without a password.
    """
    from stormpath.cli.console import show_console

    show_console(_named(database, database_file), bind, opens_browser=not no_browser)


@app.command(epilog="Example: stormpath send-mail --database sqlite:///users.db --smtp smtp://localhost:1025")
def send_mail(
    database: Database = None,
    database_file: DatabaseFile = None,
    smtp: Smtp = None,
    smtp_file: SmtpFile = None,
    verbose: Verbose = False,
) -> None:
    """Send the e-mails that are due, and end. Status 1 tells that some could not be sent.

    Text messages are sent too, where STORMPATH_SMS_URL names a gateway.
    """
    from stormpath.cli.send_mail import send_due

    send_due(_named(database, database_file), _read(smtp, smtp_file))


@app.command(epilog="Example: stormpath quickstart")
def quickstart(verbose: Verbose = False) -> None:
    """See user management at work: a tour of the library, then of the service. Takes a few seconds.

    It writes stormpath-quickstart.db into the current folder; run it again whenever you like.
    """
    from stormpath.cli.quickstart import quickstart as show

    show()


agent = typer.Typer(pretty_exceptions_enable=False, help="The agent of a mirrored LDAP or AD directory.")
app.add_typer(agent, name="agent")

AgentFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="The agent.properties that the service hands out.", show_default=False
    ),
]


@agent.command("run", epilog="Example: stormpath agent run agent.properties")
def run_agent(file: AgentFile, verbose: Verbose = False) -> None:
    """Copy the server's accounts and groups into the directory, and check passwords there, until Ctrl-C."""
    from stormpath.cli import agent as agents

    agents.run_agent(file)


@agent.command("check", epilog="Example: stormpath agent check agent.properties")
def check_agent(file: AgentFile, verbose: Verbose = False) -> None:
    """Try what the agent needs, step by step, and end. Status 1 tells that a step failed."""
    from stormpath.cli import agent as agents

    agents.check_agent(file)


outbox = typer.Typer(pretty_exceptions_enable=False)
app.add_typer(outbox, name="outbox")


#: The default number of messages listed.
NEWEST = 100


class State(StrEnum):
    """The states of a message."""

    PENDING = "PENDING"
    SENT = "SENT"
    DEAD = "DEAD"


@outbox.callback(invoke_without_command=True, epilog="Example: stormpath outbox --state DEAD --limit 20")
def list_outbox(
    context: typer.Context,
    database: Database = None,
    database_file: DatabaseFile = None,
    state: Annotated[
        State | None, typer.Option(case_sensitive=False, help="Only those in that state.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many at most.")] = NEWEST,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """List the e-mails and text messages that wait, were sent, or could not be. The newest come first."""
    escape_unencodable_output()
    if context.invoked_subcommand is not None:
        if state or as_json or limit != NEWEST:
            raise CommandError(
                f"--state, --limit and --json before {context.invoked_subcommand} are those of the list."
            )
        context.obj = _read(database, database_file)
        return
    from stormpath.cli.outbox import list_entries

    list_entries(_named(database, database_file), state, limit, as_json=as_json)


@outbox.command(epilog="Example: stormpath outbox show")
def show(
    context: typer.Context,
    id: Annotated[
        str | None, typer.Argument(help="Which one; the newest, if not given.", show_default=False)
    ] = None,
    database: Database = None,
    database_file: DatabaseFile = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Show a message as it will be sent: an e-mail with its headers and its bodies, or a text message."""
    from stormpath.cli.outbox import show_entry

    show_entry(_named(_chosen(context, database, database_file)), id, as_json=as_json)


@outbox.command(epilog="Example: stormpath outbox limits")
def limits(database: Database = None, as_json: Json = False, verbose: Verbose = False) -> None:
    """List the accounts, addresses, numbers and directories that got as many messages as an hour allows."""
    from stormpath.cli.outbox import list_reached_limits

    list_reached_limits(_named(database), as_json=as_json)


@outbox.command(epilog="Example: stormpath outbox retry --dead")
def retry(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Which ones.", show_default=False)
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All that were given up.")] = False,
    database: Database = None,
    database_file: DatabaseFile = None,
    verbose: Verbose = False,
) -> None:
    """Let messages be sent now: those that were given up, or wait for their next attempt."""
    from stormpath.cli.outbox import retry_entries

    if dead == bool(ids):
        raise CommandError("Name the messages that shall be sent, or say --dead for all that were given up.")
    retry_entries(_named(_chosen(context, database, database_file)), ids or [])


def _named(database: str | None, file: Path | None = None) -> str:
    named = _read(database, file)
    if not named:
        raise CommandError(
            "No database is named: give --database sqlite:///users.db, or set STORMPATH_DATABASE."
        )
    return named


def _chosen(context: typer.Context, database: str | None, file: Path | None) -> str | None:
    """Return the URL that a subcommand was given, or else its group: both read the environment."""
    is_own = file is not None or _is_given(context, "database")
    own = _read(database, file)
    return own if is_own else context.obj or own


def _is_given(context: typer.Context, parameter: str) -> bool:
    """Tell whether an option is on the command line, and not in the environment or left out."""
    source = context.get_parameter_source(parameter)
    return source is not None and source.name == "COMMANDLINE"


def _read(url: str | None, file: Path | None) -> str | None:
    """Return the URL in a file, if one is given: it goes before an option and the environment."""
    if file is None:
        return url
    try:
        return url_in(file)
    except ValueError as error:
        raise CommandError(str(error)) from error
