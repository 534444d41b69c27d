"""When the password is forgotten, and the links by mail that set one: for a reset, and for an invitation."""

from quart import Blueprint, Response, g, request
from wtforms import ValidationError

from app.domain import accounts, passwords
from app.domain.models import Purpose
from app.domain.passwords import NewPassword
from app.domain.refusals import Refused
from app.domain.throttle import TooMany
from app.language import translate
from app.web.errors import try_later
from app.web.forms import Form, line, read_form, secret
from app.web.guard import client_address, forget_session_cookie, public, session
from app.web.respond import page, see_other

blueprint = Blueprint("passwords", __name__)


@blueprint.after_request
async def keep_the_link(response: Response) -> Response:
    """Keep the link out of what browsers say about where they come from; see also the pages' own meta element."""
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


ONE_ADDRESS = "Bitte geben Sie genau eine gültige E-Mail-Adresse an."


class AddressForm(Form):
    """Who asks for a link: one address."""

    email = line("E-Mail-Adresse", passwords.LONGEST_ADDRESS, "Bitte geben Sie Ihre E-Mail-Adresse an.")

    more_addresses = False

    def validate_email(self, field: object) -> None:
        """Refuse a field that came twice, in whatever way."""
        if len(self.email.raw_data or []) > 1 or self.more_addresses:
            raise ValidationError(translate(ONE_ADDRESS))


class NewPasswordForm(Form):
    """The new password twice; it is never shown again."""

    new_password = secret("Neues Passwort", "Bitte geben Sie ein neues Passwort an.")
    new_password_again = secret("Neues Passwort wiederholen")


@blueprint.get("/password/forgot")
@public
async def forgot() -> Response:
    """Ask for the address; after it was sent, say what happens now, whoever asked."""
    if "asked" in request.args:
        return await page("passwords/asked.html", minutes=passwords.RESET_AGE.seconds // 60)
    return await page("passwords/forgot.html", form=AddressForm())


@blueprint.post("/password/forgot")
@public
async def ask() -> Response:
    """Have a link mailed; the answer is the same for every address."""
    form = await read_form(AddressForm)
    form.more_addresses = any(name.startswith("email") and name != "email" for name in await request.form)
    if form.validate():
        try:
            await passwords.ask_reset(form.email.data or "", client_address())
            return see_other("/password/forgot?asked=1")
        except Refused as refused:
            form.refuse(refused)
        except TooMany as error:
            return await try_later(error, "passwords/forgot.html", form=form)
    return await page("passwords/forgot.html", form.status, form=form)


@blueprint.get("/password/reset/", defaults={"token": ""}, strict_slashes=False)
@blueprint.get("/password/reset/<token>")
@public
async def show_reset(token: str) -> Response:
    """The form for a new password; nothing is consumed."""
    return await _form_page(Purpose.PASSWORD_RESET, token, NewPasswordForm())


@blueprint.post("/password/reset/", defaults={"token": ""}, strict_slashes=False)
@blueprint.post("/password/reset/<token>")
@public
async def reset(token: str) -> Response:
    """Set the new password."""
    return await _set_password(Purpose.PASSWORD_RESET, token)


@blueprint.get("/invitation/", defaults={"token": ""}, strict_slashes=False)
@blueprint.get("/invitation/<token>")
@public
async def show_invitation(token: str) -> Response:
    """Welcome, and the form for the first password; nothing is consumed."""
    return await _form_page(Purpose.INVITATION, token, NewPasswordForm())


@blueprint.post("/invitation/", defaults={"token": ""}, strict_slashes=False)
@blueprint.post("/invitation/<token>")
@public
async def accept_invitation(token: str) -> Response:
    """Set the first password."""
    return await _set_password(Purpose.INVITATION, token)


async def _set_password(purpose: Purpose, token: str) -> Response:
    form = await read_form(NewPasswordForm)
    if form.validate():
        typed = form.new_password.data or "", form.new_password_again.data or "", form.form_key.data or ""
        try:
            done = await passwords.set_by_link(purpose, token, NewPassword(*typed), client_address())
            return await _to_sign_in() if done else await _dead()
        except Refused as refused:
            form.refuse(refused)
    return await _form_page(purpose, token, form)


async def _to_sign_in() -> Response:
    """Whoever is signed in in this browser is signed out: the sign-in that comes next is somebody else's."""
    response = see_other("/login", notice="password_set")
    if getattr(g, "session", None):
        await accounts.end_session(session())
        forget_session_cookie(response)
    return response


async def _form_page(purpose: Purpose, token: str, form: NewPasswordForm) -> Response:
    person = await passwords.find(purpose, token)
    if person is None:
        return await _dead()
    template = "passwords/invitation.html" if purpose == Purpose.INVITATION else "passwords/reset.html"
    status = form.status if form.errors else 200
    shortest = passwords.SHORTEST_PASSWORD
    return await page(template, status, form=form, person=person, action=request.path, shortest=shortest)


async def _dead() -> Response:
    """One page for every link that opens nothing, whatever the reason."""
    return await page("passwords/dead.html", 404)
