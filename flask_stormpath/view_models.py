"""What JSON tells of the forms: their fields, and the account stores that people log in to."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm


def registration_model(form: FlaskForm) -> dict[str, Any]:
    """Return the fields of the registration."""
    return {"form": {"fields": []}, "accountStores": []}


def login_model(form: FlaskForm) -> dict[str, Any]:
    """Return the fields of the login."""
    return {"form": {"fields": []}, "accountStores": []}
