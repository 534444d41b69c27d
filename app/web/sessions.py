"""Signing in, with a second factor where the person has one, and signing out."""

from typing import Any

from quart import Blueprint, Response, g, request
from wtforms import HiddenField, PasswordField, StringField

from app.demo import accounts as demo
from app.domain import accounts, second_factor, totp
from app.domain.models import Person
from app.domain.refusals import Refused
from app.domain.throttle import TooMany
from app.language import LANGUAGES, translate
from app.web.errors import problem, try_later
from app.web.forms import Form, line, read_form
from app.web.frame import LANGUAGE
from app.web.guard import (
    client_address,
    forget_session_cookie,
    public,
    session,
    session_cookie,
    set_session_cookie,
)
from app.web.respond import fragments, own_path, page, see_other, settings, wants_fragments

blueprint = Blueprint("sessions", __name__)

# What the sign-in page says on top; it stays there, unlike a notice.
INFOS = {
    "password_set": "Ihr Passwort ist gespeichert. Bitte melden Sie sich damit an.",
    "x3_over": "Ein Link aus X3 gilt eine Minute und nur einmal. Bitte melden Sie sich an, dann geht es weiter.",
    "too_late": "Diese Anmeldung gilt nicht mehr. Bitte melden Sie sich noch einmal an.",
}


class LoginForm(Form):
    """The sign-in."""

    user_name = StringField("Benutzername oder E-Mail-Adresse")
    password = PasswordField("Passwort")
    next = HiddenField()


class StayForm(Form):
    """From which page somebody stays signed in."""

    back = HiddenField()


class CodeForm(Form):
    """The second step."""

    code = line("Code", 40, "Bitte geben Sie den Code ein.")


@blueprint.get("/login")
@public
async def show() -> Response:
    """The sign-in page; who is signed in already goes on."""
    form = LoginForm(request.args)
    if getattr(g, "me", None):
        return see_other(own_path(form.next.data))
    info = INFOS.get(request.args.get("notice", ""))
    return await _page(form, info=translate(info) if info else None)


@blueprint.post("/login")
@public
async def sign_in() -> Response:
    """Check name and password; start a session with a new id, or ask for the second factor."""
    form = await read_form(LoginForm)
    try:
        person = await accounts.authenticate(form.user_name.data or "", form.password.data or "", client_address())
    except TooMany as error:
        return await try_later(error, "sessions/login.html", form=form, **_demo_accounts())
    if person is None:
        return await _page(form, 422, error=translate(accounts.WRONG))
    if getattr(g, "session", None):
        await accounts.end_session(session())
    if not person.language and request.args.get(LANGUAGE) in LANGUAGES:
        await accounts.change_language(person, request.args[LANGUAGE])
    if person.totp_secret:
        return await _wait_for_code(person, form.next.data or "")
    return _signed_in(await accounts.start_session(person, _browser(), client_address()), form.next.data)


@blueprint.get("/login/second-factor")
@public
async def ask_code() -> Response:
    """„Zweiter Faktor“: the page that asks for the code; who is signed in already goes on."""
    if getattr(g, "me", None):
        return see_other("/")
    if not await second_factor.asked(session_cookie()):
        return see_other("/login", notice="too_late")
    return await page("sessions/second_factor.html", form=CodeForm())


@blueprint.post("/login/second-factor")
@public
async def check_code() -> Response:
    """Start the session with the right code; after a wrong one the sign-in goes on waiting."""
    form = await read_form(CodeForm)
    if form.validate():
        code, key = form.code.data or "", form.form_key.data or ""
        try:
            done = await second_factor.sign_in(session_cookie(), code, key, _browser(), client_address())
            return _signed_in(done.token, done.next) if done else see_other("/login", notice="too_late")
        except Refused as refused:
            form.refuse(refused)
            form.code.data = "" if len(totp.digits(code)) == totp.DIGITS else code  # the next one is another
        except TooMany as error:
            return await try_later(error, "sessions/second_factor.html", form=form)
    return await page("sessions/second_factor.html", form.status, form=form)


@blueprint.post("/session")
async def stay() -> Response:
    """„Angemeldet bleiben“: the idle time begins anew."""
    form = await read_form(StayForm)
    if not form.validate():
        return await problem(form.status)
    await accounts.touch(session())
    return await fragments("sessions/_stay.html") if wants_fragments() else see_other(own_path(form.back.data))


@blueprint.post("/logout")
@public
async def sign_out() -> Response:
    """End this browser's session."""
    if getattr(g, "session", None):
        await accounts.end_session(session())
    response = see_other("/login", notice="signed_out")
    forget_session_cookie(response)
    return response


async def _page(form: LoginForm, status: int = 200, **more: str | None) -> Response:
    return await page("sessions/login.html", status, form=form, **more, **_demo_accounts())


def _demo_accounts() -> dict[str, Any]:
    return {"accounts": demo.ACCOUNTS, "demo_password": demo.PASSWORD} if settings().demo else {}


async def _wait_for_code(person: Person, next: str) -> Response:
    """The secret of the waiting sign-in travels in the cookie: never in an address, and Back and reload do no harm."""
    token = await second_factor.ask(person, next)
    response = see_other("/login/second-factor")
    set_session_cookie(response, token, second_factor.SIGN_IN_AGE)
    return response


def _signed_in(token: str, next: str | None) -> Response:
    response = see_other(own_path(next))
    set_session_cookie(response, token)
    return response


def _browser() -> str:
    return request.headers.get("User-Agent", "")
