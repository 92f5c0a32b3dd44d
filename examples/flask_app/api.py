"""The application's own API: its callers are programs, with an API key or a token of a person."""

from typing import Any

from flask import Blueprint, jsonify

from flask_stormpath import api_authentication_required, user

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/books")
@api_authentication_required
def books() -> Any:
    """Return the books of the caller: of the person whose key or token came with the request."""
    return jsonify(reader=user.full_name, books=user.custom_data.get("books", []))
