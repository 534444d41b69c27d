"""Signing in and out."""

from urllib.parse import quote, urlsplit

from quart import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import HTTPException
from wtforms import HiddenField, PasswordField, StringField

from app.demo import accounts as demo
from app.domain import accounts
from app.language import translate
from app.web.forms import Form, read_form
from app.web.guard import client_address, forget_session_cookie, public, session, set_session_cookie
from app.web.respond import page, see_other, settings

blueprint = Blueprint("sessions", __name__)

QUERY_SAFE = "=&%+-._~!*'(),;:@/?"


class LoginForm(Form):
    """The sign-in."""

    user_name = StringField("Benutzername oder E-Mail-Adresse")
    password = PasswordField("Passwort")
    next = HiddenField()


@blueprint.get("/login")
@public
async def show() -> Response:
    """The sign-in page; who is signed in already goes on."""
    form = LoginForm(request.args)
    if getattr(g, "me", None):
        return see_other(_own_path(form.next.data))
    return await _page(form)


@blueprint.post("/login")
@public
async def sign_in() -> Response:
    """Check name and password and start a session with a new id."""
    form = await read_form(LoginForm)
    person = await accounts.authenticate(form.user_name.data or "", form.password.data or "", client_address())
    if person is None:
        return await _page(form, translate(accounts.WRONG), 422)
    if getattr(g, "session", None):
        await accounts.end_session(session())
    token = await accounts.start_session(person, request.headers.get("User-Agent", ""), client_address())
    response = see_other(_own_path(form.next.data))
    set_session_cookie(response, token)
    return response


@blueprint.post("/logout")
@public
async def sign_out() -> Response:
    """End this browser's session."""
    if getattr(g, "session", None):
        await accounts.end_session(session())
    response = see_other("/login", notice="signed_out")
    forget_session_cookie(response)
    return response


async def _page(form: LoginForm, error: str | None = None, status: int = 200) -> Response:
    shown = {"accounts": demo.ACCOUNTS, "demo_password": demo.PASSWORD} if settings().demo else {}
    return await page("sessions/login.html", status, form=form, error=error, **shown)


def _own_path(given: str | None) -> str:
    """The address that the person came for, if it is one of our pages; anything else leads home."""
    try:
        parts = urlsplit(given or "/")
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or "\\" in (given or ""):
        return "/"
    try:
        endpoint, _ = current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return "/"
    if endpoint.startswith(("sessions.", "static")):
        return "/"
    path = quote(parts.path)
    return f"{path}?{quote(parts.query, safe=QUERY_SAFE)}" if parts.query else path
