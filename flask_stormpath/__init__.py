"""Flask-Stormpath: registration, login and password reset for Flask.

``StormpathManager(app)`` adds the views that ``app.config`` enables. It stands on the SDK ``stormpath``, with
a database in the app's own process or with a served API.
"""

from flask_login import current_user, login_user, logout_user

from flask_stormpath.completion import complete as complete_login
from flask_stormpath.context_processors import user_context_processor
from flask_stormpath.decorators import api_authentication_required, groups_required, login_required
from flask_stormpath.errors import ConfigurationError
from flask_stormpath.manager import StormpathManager
from flask_stormpath.models import User, user_created, user_deleted, user_updated
from flask_stormpath.settings import check_settings, init_settings
from flask_stormpath.views import (
    facebook_login,
    forgot,
    forgot_change,
    google_login,
    login,
    logout,
    register,
)
from stormpath import Client, __version__
from stormpath.error import Error as StormpathError

__version_info__ = __version__.split(".")

#: The current user: the same object as Flask-Login's ``current_user``. It is false without a login.
user: User = current_user

__all__ = [
    "Client",
    "ConfigurationError",
    "StormpathError",
    "StormpathManager",
    "User",
    "__version__",
    "__version_info__",
    "api_authentication_required",
    "check_settings",
    "complete_login",
    "current_user",
    "facebook_login",
    "forgot",
    "forgot_change",
    "google_login",
    "groups_required",
    "init_settings",
    "login",
    "login_required",
    "login_user",
    "logout",
    "logout_user",
    "register",
    "user",
    "user_context_processor",
    "user_created",
    "user_deleted",
    "user_updated",
]
