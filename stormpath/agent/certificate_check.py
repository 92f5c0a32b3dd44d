"""Why TLS with an LDAP server failed: the LDAP library only says that the server is down."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Final

from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import DirectorySettings

# The request StartTLS (RFC 4511 4.14), and where its answer has the result code: 0 is success.
_START_TLS: Final = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
_MAX_ANSWER: Final = 4096


def certificate_problem(
    settings: DirectorySettings, ca_file: Path | str | None, seconds: float, *, is_starttls: bool
) -> DirectoryProblem | None:
    """Try TLS once more, by another library, and return what is wrong with it; ``None`` where nothing is.

    Nothing secret is sent.
    """
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
        with socket.create_connection((settings.host, settings.port), timeout=seconds) as plain:
            if is_starttls:
                plain.sendall(_START_TLS)
                plain.recv(_MAX_ANSWER)
            with context.wrap_socket(plain, server_hostname=settings.host):
                return None
    except ssl.SSLCertVerificationError as error:
        return DirectoryProblem(
            "certificate",
            f"The certificate of the LDAP server at {settings.address} is not accepted: "
            f"{error.verify_message}. Name the host as its certificate does, and give the agent the "
            "certificate that signed it (agent.caFile).",
        )
    except ssl.SSLError:
        return DirectoryProblem(
            "certificate",
            f"The LDAP server at {settings.address} does not speak TLS there: LDAPS has a port of its own, "
            "usually 636.",
        )
    except OSError:
        return None
