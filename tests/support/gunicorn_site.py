"""An app for gunicorn: ``SITE`` in the environment holds its settings as JSON.

With ``--preload``, its client and its application are made before gunicorn forks its workers. Each answer
tells which of them it comes from, in the header ``X-Worker``.
"""

import json
import os
import warnings
from datetime import timedelta

from flask import Flask, Response, request

from flask_stormpath import StormpathManager, login_required, user

# Of Flask-Login 0.6.3, on Python 3.12 and newer.
warnings.filterwarnings("ignore", "datetime.datetime.utcnow", DeprecationWarning)

app = Flask("site")
app.config.update(SECRET_KEY="of the tests", WTF_CSRF_ENABLED=False, **json.loads(os.environ["SITE"]))
app.config["STORMPATH_ACCOUNT_MAX_AGE"] = timedelta(seconds=app.config["STORMPATH_ACCOUNT_MAX_AGE"])
manager = StormpathManager(app)
assert manager.application.href


@app.get("/")
def home() -> str:
    return f"Welcome {user.email}" if user else "Welcome"


@app.get("/secret")
@login_required
def secret() -> str:
    return f"The secret of {user.email}"


@app.post("/password")
@login_required
def change_password() -> str:
    user.password = request.form["password"]
    user.save()
    return "changed"


@app.after_request
def name_the_worker(answer: Response) -> Response:
    answer.headers["X-Worker"] = str(os.getpid())
    return answer
