"""„Zweiter Faktor“ in the settings: setting it up, recovery codes, switching it off."""

from itertools import groupby
from typing import Any

import segno
from quart import Blueprint, Response, request
from wtforms import HiddenField

from app.domain import second_factor, totp
from app.domain.refusals import Conflict, NotAllowed, Refused
from app.language import translate, vendor
from app.web.forms import Form, line, read_form, secret
from app.web.guard import before_second_factor, client_address, me, must_have_second_factor, session
from app.web.respond import SECOND_FACTOR, own_path, page, see_other

blueprint = Blueprint("second_factor", __name__)

QUIET_ZONE = 4  # modules around the QR code that stay empty
YOUR_PASSWORD = "Bitte geben Sie Ihr Passwort an."  # noqa: S105  a sentence
YOUR_CODE = "Bitte geben Sie den Code ein."
LONGEST_CODE = 40


class OnForm(Form):
    """The secret that the page showed, and a code of it."""

    totp_secret = HiddenField()
    next = HiddenField()
    password = secret("Passwort", YOUR_PASSWORD)
    code = line("Code", LONGEST_CODE, YOUR_CODE)


class OffForm(Form):
    """Password and code once more."""

    password = secret("Passwort", YOUR_PASSWORD)
    code = line("Code", LONGEST_CODE, YOUR_CODE)


class CodesForm(Form):
    """The password once more."""

    codes_password = secret("Passwort", YOUR_PASSWORD)


@blueprint.get(SECOND_FACTOR)
@before_second_factor
async def show() -> Response:
    """How to set it up, or what can be done with it."""
    return await _page(OnForm(next=request.args.get("next", "")))


@blueprint.post(SECOND_FACTOR)
@before_second_factor
async def turn_on() -> Response:
    """Begin to ask for codes, and show the recovery codes this once."""
    form = await read_form(OnForm)
    if form.validate():
        typed = form.password.data or "", form.code.data or ""
        try:
            codes = await second_factor.turn_on(session(), form.totp_secret.data or "", *typed, client_address())
            return await _codes(codes, own_path(form.next.data) if form.next.data else SECOND_FACTOR)
        except Refused as refused:
            form.refuse(refused)
        except Conflict:
            pass
    if me().totp_secret:  # it was set up meanwhile, in another window or by this very form
        return see_other(SECOND_FACTOR)
    return await _page(form)


@blueprint.post(f"{SECOND_FACTOR}/codes")
async def make_recovery_codes() -> Response:
    """„Neue Wiederherstellungscodes“ instead of the old ones, shown this once."""
    form = await read_form(CodesForm)
    if not me().totp_secret:
        return see_other(SECOND_FACTOR)
    if form.validate():
        try:
            return await _codes(await second_factor.make_recovery_codes(me(), form.codes_password.data or ""))
        except Refused as refused:
            form.refuse(Refused(codes_password=refused.fields["password"]))
    return await _page(codes=form)


@blueprint.post(f"{SECOND_FACTOR}/off")
async def turn_off() -> Response:
    """Stop asking for codes."""
    if must_have_second_factor(me()):
        raise NotAllowed(translate("Für Ihr Konto ist der zweite Faktor vorgeschrieben."))
    form = await read_form(OffForm)
    if not me().totp_secret:
        return see_other(SECOND_FACTOR)
    if form.validate():
        try:
            await second_factor.turn_off(session(), form.password.data or "", form.code.data or "", client_address())
            return see_other("/settings#second-factor", notice="second_factor_off")
        except Refused as refused:
            form.refuse(refused)
    return await _page(off=form)


async def _page(on: OnForm | None = None, off: OffForm | None = None, codes: CodesForm | None = None) -> Response:
    """The page as it is now; the form that something is wrong with stands as it was typed."""
    wrong = next((form for form in (on, off, codes) if form and form.errors), None)
    required = must_have_second_factor(me())
    if me().totp_secret:
        return await page(
            "second_factor/on.html", wrong.status if wrong else 200, form=wrong, required=required,
            off=off or OffForm(), codes=codes or CodesForm(), left=await second_factor.codes_left(me()),
            all_codes=second_factor.RECOVERY_CODES,
        )  # fmt: skip
    on = on or OnForm()
    shown = on.totp_secret.data or ""
    if not totp.is_secret(shown):
        shown = totp.new_secret()
    address = totp.app_address(shown, me().user_name, f"{vendor()} Kundenportal")
    return await page(
        "second_factor/setup.html", wrong.status if wrong else 200, form=on, required=required, secret=shown,
        in_fours=_in_fours(shown), address=address, qr=_drawing(address), **({"events_url": None} if required else {}),
    )  # fmt: skip


async def _codes(codes: list[str], next: str = SECOND_FACTOR) -> Response:
    return await page("second_factor/codes.html", codes=[_in_fours(code) for code in codes], next=next)


def _in_fours(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _drawing(address: str) -> dict[str, Any]:
    """A QR code as one path of an SVG: a rectangle for each run of dark modules."""
    rows = segno.make_qr(address, error="l").matrix
    path = ""
    for y, row in enumerate(rows, QUIET_ZONE):
        x = QUIET_ZONE
        for dark, run in groupby(row):
            length = len(list(run))
            path += f"M{x} {y}h{length}v1h-{length}z" if dark else ""
            x += length
    return {"size": len(rows) + 2 * QUIET_ZONE, "path": path}
