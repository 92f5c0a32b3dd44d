"""What an app without logins at providers need not have, and what a provider shows of itself."""

import subprocess
import sys

from flask_stormpath.social_providers import Provider


def test_importing_the_extension_does_not_load_authlib():
    code = "import flask_stormpath, sys; print({'authlib', 'joserfc'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert ran.stdout == "set()\n"


def test_settings_do_not_show_secrets():
    assert "geheim" not in repr(Provider("x", "X", client_secret="geheim"))
