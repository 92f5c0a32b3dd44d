"""A real nginx for the tests."""

from support.proxy_server import ProxyServer

# Where Debian puts it, which is not in the path of its users.
# One process, which ends at once when it is killed. Every file that it writes is in its folder.
AROUND = """daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
access_log off;
client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
{configuration}
}}
"""


class NginxServer(ProxyServer):
    """nginx with that content of its ``http`` block."""

    program = "nginx"

    def _command(self) -> list[str]:
        text = AROUND.format(folder=self.folder, configuration=self._configuration)
        path = self._write("nginx.conf", text)
        # Until it has read the configuration, it would write to the system's log.
        return [str(self._path()), "-e", str(self.folder / "error.log"), "-c", path]
