"""A real Caddy for the tests."""

from support.proxy_server import ProxyServer

# It must neither ask for certificates nor change the list of trusted ones, and needs no other port.
GLOBAL = """{
    admin off
    auto_https disable_redirects
    skip_install_trust
}
"""


class CaddyServer(ProxyServer):
    """Caddy with that Caddyfile."""

    program = "caddy"

    def _command(self) -> list[str]:
        path = self._write("Caddyfile", GLOBAL + self._configuration)
        folders = [f"{name}={self.folder}" for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")]
        run = [
            self.program,
            "run",
            "--config",
            path,
            "--adapter",
            "caddyfile",
            "--pidfile",
            str(self._pid_file),
        ]
        return ["env", "GOMAXPROCS=1", *folders, *run]
