"""X3: what its servers ask for with their key, and how its users come in."""

from typing import Any
from urllib.parse import quote

from quart import Blueprint, Response, g, request
from wtforms import HiddenField

from app.domain import access, x3
from app.domain.models import AccessRequest, Person, Token, X3Key
from app.domain.refusals import NotVisible, Refused
from app.language import translate
from app.web import api
from app.web.forms import Form, read_form
from app.web.guard import by_key, client_address, public, set_session_cookie
from app.web.respond import page, see_other, settings

blueprint = Blueprint("x3", __name__)

NO_ACCOUNT = "Dieser Benutzer hat kein Konto im Portal. Ein Konto beantragt man in X3 oder über die eigene EDV."
TARGET = "new-ticket"
NEW_TICKET = "/tickets/new"
MOST_MODULES = 100


# --- for programs ---


async def _key() -> X3Key:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return await x3.key_organisation(secret.strip() if scheme.lower() == "bearer" else "", client_address())


@blueprint.post("/api/x3/login-codes")
@by_key
async def mint() -> Response:
    """A link that signs one of the organisation's users in, once and at once."""
    key = await _key()
    asked = await api.sent()
    user, context = _login(asked)
    try:
        code = await x3.mint(key, user, context, client_address())
    except NotVisible:
        return api.problem(404, "user_not_found", translate(NO_ACCOUNT))
    url = f"{settings().base_url}/x3/enter?code={code}"
    return api.answer(201, url=url, expires_in=int(x3.CODE_AGE.total_seconds()))


def _login(asked: dict[str, Any]) -> tuple[str, dict[str, str]]:
    context = asked.get("context")
    if context is not None and not isinstance(context, dict):
        raise Refused(context=translate("Bitte als JSON-Objekt angeben."))
    if asked.get("target", TARGET) != TARGET:
        raise Refused(target=translate("Möglich ist nur „%(target)s“.", target=TARGET))
    user = api.line(asked, "user")
    if not user.strip():
        raise Refused(user=translate("Bitte den Benutzernamen oder die E-Mail-Adresse angeben."))
    return user, x3.clean_context(context or {})


@blueprint.post("/api/x3/access-requests")
@by_key
async def ask_for_access() -> Response:
    """„Benutzer-Freigabe“: somebody of the organisation asks for an account; the same address again changes nothing."""
    key = await _key()
    asked = await api.sent()
    names = ("user_name", "first_name", "last_name", "email", "phone")
    wanted, new = await access.submit(
        key.organisation_id, **{name: api.line(asked, name) for name in names}, modules=_modules(asked),
        requested_by=None,
    )  # fmt: skip
    return _request(wanted, 201 if new else 200)


def _modules(asked: dict[str, Any]) -> list[str]:
    found = asked.get("modules")
    if not isinstance(found, list) or len(found) > MOST_MODULES or not all(isinstance(one, str) for one in found):
        raise Refused(modules=translate("Bitte als Liste von Modulnamen angeben."))
    return found


@blueprint.get("/api/x3/access-requests/<int:id>")
@by_key
async def access_request(id: int) -> Response:
    """What became of a request of the organisation."""
    key = await _key()
    return _request(await access.find(key.organisation_id, id), 200)


def _request(wanted: AccessRequest, status: int) -> Response:
    return api.answer(status, id=wanted.id, status=wanted.state.value)


# --- for people ---


class EnterForm(Form):
    """„Anmeldung aus X3“: the code, and the account in whose place the person wants to be signed in."""

    code = HiddenField()
    instead_of = HiddenField()


@blueprint.get("/x3/enter")
@public
async def enter() -> Response:
    """Says as whom one comes in, and sends itself; whatever opens the address, the code is still good."""
    code = request.args.get("code", "")
    token = await x3.waiting(code)
    return await _ask(token, code) if token else await _over(code)


@blueprint.post("/x3/enter")
@public
async def sign_in() -> Response:
    """Use the code up and start a session; an account that the page did not name is not replaced."""
    form = await read_form(EnterForm)
    code = form.code.data or ""
    token = await x3.waiting(code)
    if token and not _may_replace(token, form):
        return await _ask(token, code)
    address = client_address()
    browser = request.headers.get("User-Agent", "")
    entered = await x3.redeem(code, browser, address, getattr(g, "session", None)) if token else None
    if entered is None:
        return await _over(code)
    response = see_other(f"{NEW_TICKET}?x3={entered.token_id}")
    set_session_cookie(response, entered.session)
    return response


def _somebody_else(token: Token) -> Person | None:
    person: Person | None = getattr(g, "me", None)
    return person if person and person.id != token.person_id else None


def _may_replace(token: Token, form: EnterForm) -> bool:
    other = _somebody_else(token)
    return other is None or form.instead_of.data == str(other.id)


def _came_from_elsewhere() -> bool:
    """Whether another website led here. X3 opens the browser itself; a foreign page might smuggle in an account."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


async def _ask(token: Token, code: str) -> Response:
    # `origin` instead of the header's `no-referrer` for what the page itself loads and sends: with that one the form's
    # Origin would be null, which is all that a browser tells over plain http.
    response = await page(
        "x3/enter.html", person=token.person, other=_somebody_else(token), code=code,
        from_elsewhere=_came_from_elsewhere(), referrer="origin", events_url=None,
    )  # fmt: skip
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _over(code: str) -> Response:
    """Used, expired or no code at all: on to where it led, over the sign-in if need be."""
    token = await x3.over(code)
    target = f"{NEW_TICKET}?x3={token.id}" if token else NEW_TICKET
    person: Person | None = getattr(g, "me", None)
    if person is None:
        return see_other(f"/login?next={quote(target)}", notice="x3_over")
    if token and token.person_id == person.id:
        return see_other(target)
    if code or request.method == "POST":
        return see_other("/x3/enter")
    return await page("x3/over.html", target=NEW_TICKET)
