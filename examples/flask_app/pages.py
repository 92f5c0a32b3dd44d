"""The pages for people: who may see them, and what they keep of each person."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from flask_stormpath import groups_required, login_required, user

blueprint = Blueprint("reading_room", __name__)

LIBRARIANS = "librarians"
#: In custom data, of which an account has 10 MB.
MOST_BOOKS = 100


class BookForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF carries no types.
    """A book for the shelf. Forms of Flask-WTF have a token against requests of other sites."""

    title = StringField("Title", [InputRequired("Which book is it?"), Length(max=200)])


class NameForm(FlaskForm):  # type: ignore[misc]  # As above.
    """The name of a person."""

    given_name = StringField("First Name", [InputRequired("First name is required."), Length(max=100)])
    surname = StringField("Last Name", [Length(max=100)])


@blueprint.get("/")
def home() -> str:
    """Show the front page. Templates have ``user``, which is false for strangers."""
    return render_template("reading_room/home.html")


@blueprint.route("/shelf", methods=["GET", "POST"])
@login_required
def shelf() -> Any:
    """Show the person's books, and add one. They are custom data of the account: there is no table."""
    form = BookForm()
    books = user.custom_data.get("books", [])
    if form.validate_on_submit():
        user.custom_data["books"] = [*books, form.title.data][-MOST_BOOKS:]
        user.save()
        return redirect(url_for(".shelf"))
    return render_template("reading_room/shelf.html", form=form, books=books)


@blueprint.route("/profile", methods=["GET", "POST"])
@login_required
def profile() -> Any:
    """Show who the person is, and change the name: attributes of the account that are set and saved."""
    form = NameForm(obj=user)
    if form.validate_on_submit():
        user.given_name = form.given_name.data
        user.surname = form.surname.data or "Anonymous"
        user.save()
        flash("Your name is changed.")
        return redirect(url_for(".profile"))
    groups = sorted(each.name for each in user.groups)
    return render_template("reading_room/profile.html", form=form, groups=groups)


@blueprint.post("/keys")
@login_required
def new_key() -> Any:
    """Make an API key of the person. Its secret is shown once."""
    if not FlaskForm().validate():
        return redirect(url_for(".profile"))
    return render_template("reading_room/key.html", key=user.api_keys.create())


@blueprint.get("/members")
@groups_required([LIBRARIANS])
def members() -> str:
    """Show the members to librarians. Others are sent to the login page."""
    application = current_app.extensions["stormpath"].manager.application
    accounts = application.accounts.order("surname")[:100]
    return render_template("reading_room/members.html", accounts=accounts)
