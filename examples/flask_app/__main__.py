"""Start the application on this machine: ``make example``, or here ``python -m flask_app``."""

import argparse
from pathlib import Path

from flask_app.app import create_app, local_settings
from flask_app.development import LIBRARIAN, add_librarian
from flask_app.pages import LIBRARIANS

HOST = "127.0.0.1"


def main() -> None:
    """Make what is missing, say how to log in, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m flask_app", description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--data", type=Path, default=Path(__file__).with_name("data"), help="the folder")
    chosen = parser.parse_args()
    address = f"http://{HOST}:{chosen.port}"
    app = create_app(**local_settings(chosen.data.resolve(), address))
    password = add_librarian(app, LIBRARIANS)
    if password:
        print(f"A librarian is there: {LIBRARIAN}, with the password {password} (shown only now)")
    print(
        f"The Reading Room is at {address}, its e-mails are at {address}/outbox. Stop it with Ctrl-C.",
        flush=True,
    )
    app.run(HOST, chosen.port)


if __name__ == "__main__":
    main()
