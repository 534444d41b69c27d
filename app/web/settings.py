"""„Einstellungen“: one page, and a form of its own for each of its sections."""

import re
from typing import Any

from quart import Blueprint, Response

from app import clock
from app.domain import accounts, directory, passwords, saved_filters, search
from app.domain.models import Appearance, Session
from app.domain.own_data import archive
from app.domain.passwords import NewPassword
from app.domain.refusals import Refused
from app.domain.ticket_filter import bounded_id
from app.language import local, translate
from app.web import columns, preferences
from app.web.columns import ColumnsForm
from app.web.default_filter import FilterForm, filter_section
from app.web.forms import Form, line, read_form, secret
from app.web.guard import client_address, forget_session_cookie, me, session, set_session_cookie
from app.web.preferences import AppearanceForm, LanguageForm, LettersForm, ShortcutsForm
from app.web.respond import download, page, see_other, storage

blueprint = Blueprint("settings", __name__)

# What a browser calls itself contains the names of its ancestors; the first that fits is its own.
BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


class ProfileForm(Form):
    """The person's name."""

    first_name = line("Vorname", 60, "Bitte geben Sie Ihren Vornamen an.")
    last_name = line("Nachname", 60, "Bitte geben Sie Ihren Nachnamen an.")


class PasswordForm(Form):
    """The old password once and the new one twice; none of them is ever shown again."""

    password = secret("Bisheriges Passwort", "Bitte geben Sie Ihr bisheriges Passwort an.")
    new_password = secret("Neues Passwort", "Bitte geben Sie ein neues Passwort an.")
    new_password_again = secret("Neues Passwort wiederholen")


@blueprint.get("/settings")
async def show() -> Response:
    """Every section with what is set."""
    return await _page()


@blueprint.post("/settings/profile")
async def save_profile() -> Response:
    """Set the name."""
    form = await read_form(ProfileForm)
    if not form.validate():
        return await _page(profile=form)
    await accounts.change_profile(me(), form.first_name.data or "", form.last_name.data or "")
    return see_other("/settings", notice="saved")


@blueprint.post("/settings/language")
async def save_language() -> Response:
    """Set the language."""
    form = await read_form(LanguageForm)
    if not form.validate():
        return await _page(tongue=form)
    await accounts.change_language(me(), form.language.data)
    return see_other("/settings#language", notice="saved")


@blueprint.post("/settings/notifications")
async def save_notifications() -> Response:
    """Set which letters come, and whether one by one; what no letter is called is not looked at."""
    form = await read_form(LettersForm)
    if not form.validate():
        return await _page(letters=form)
    await accounts.change_letters(me(), preferences.muted(form, me()), form.digest.data)
    return see_other("/settings#notifications", notice="saved")


@blueprint.post("/settings/data")
async def own_data() -> Response:
    """„Meine Daten herunterladen“."""
    form = await read_form(Form)
    if not form.validate():
        return await _page(data=form)
    content = await archive(me(), storage(), client_address())
    name = translate("Meine Daten %(day)s.zip", day=f"{local(clock.now()):%Y-%m-%d}")
    return download(content, name, "application/zip")


@blueprint.post("/settings/appearance")
async def save_appearance() -> Response:
    """Set the theme."""
    form = await read_form(AppearanceForm)
    if not form.validate():
        return await _page(look=form)
    await accounts.change_appearance(me(), Appearance(form.appearance.data))
    return see_other("/settings#look", notice="saved")


@blueprint.post("/settings/shortcuts")
async def save_shortcuts() -> Response:
    """Set whether single keys do something."""
    form = await read_form(ShortcutsForm)
    if not form.validate():
        return await _page(keys=form)
    await accounts.change_shortcuts(me(), form.shortcuts.data)
    return see_other("/settings#shortcuts", notice="saved")


@blueprint.post("/settings/filter")
async def save_filter() -> Response:
    """Set with which of the named filters the list opens."""
    form = await read_form(FilterForm)
    if not form.validate():
        return await _page(filter=form)
    given = form.default.data or ""
    await saved_filters.open_with(me(), (bounded_id(given) or 0) if given else None)
    return see_other("/settings#filter", notice="saved")


@blueprint.post("/settings/columns")
async def save_columns() -> Response:
    """Set which columns the list has, and in what order."""
    form = await read_form(ColumnsForm)
    if form.validate():
        try:
            await accounts.change_columns(me(), columns.kept(form))
            return see_other("/settings#columns", notice="saved")
        except Refused as refused:
            form.refuse(refused)
    return await _page(columns=form)


@blueprint.post("/settings/password")
async def save_password() -> Response:
    """Set a new password: every session ends, and this browser gets a new one."""
    form = await read_form(PasswordForm)
    if form.validate():
        try:
            typed = form.new_password.data or "", form.new_password_again.data or "", form.form_key.data or ""
            await passwords.change_password(me(), form.password.data or "", NewPassword(*typed), client_address())
            token = await accounts.start_session(me(), session().browser, client_address())
            response = see_other("/settings#change-password", notice="password")
            set_session_cookie(response, token)
            return response
        except Refused as refused:
            form.refuse(refused)
    return await _page(password=form)


@blueprint.post("/settings/sessions/<int:id>")
async def end_device(id: int) -> Response:
    """Sign out of one of the own devices."""
    form = await read_form(Form)
    if not form.validate():
        return await _page(sign_out=form)
    await accounts.end_device(me(), id)
    return see_other("/settings#sessions", notice="device_signed_out")


@blueprint.post("/settings/sessions")
async def end_sessions() -> Response:
    """„Überall abmelden“, here too."""
    form = await read_form(Form)
    if not form.validate():
        return await _page(sign_out=form)
    await accounts.end_sessions(me())
    response = see_other("/login", notice="signed_out_everywhere")
    forget_session_cookie(response)
    return response


async def _page(**forms: Form) -> Response:
    """The whole page; the form that something is wrong with stands as it was typed, its errors on top."""
    person = me()
    wrong = next(iter(forms.values()), None)
    choices = await search.choices(person)
    return await page(
        "settings/index.html",
        status=wrong.status if wrong else 200,
        form=wrong,
        profile=forms.get("profile") or ProfileForm(first_name=person.first_name, last_name=person.last_name),
        look=preferences.appearance_section(forms.get("look"), person),
        tongue=preferences.language_section(forms.get("tongue"), person),
        letters=preferences.letters_section(forms.get("letters"), person),
        filter=filter_section(forms.get("filter"), person, choices),
        columns=columns.section(forms.get("columns"), person),
        password=forms.get("password") or PasswordForm(),
        shortest=passwords.SHORTEST_PASSWORD,
        devices=[_device(one) for one in await accounts.sessions_of(person)],
        rights=directory.rights(vars(person)),
        role=directory.role_label(person.role),
        modules=[] if person.is_staff else await directory.modules(person),
    )


def _device(one: Session) -> dict[str, Any]:
    return {
        "id": one.id, "name": browser_name(one.browser), "here": one.id == session().id, "seen_at": one.seen_at,
        "created_at": one.created_at, "address": one.address,
    }  # fmt: skip


def browser_name(agent: str) -> str:
    """What a browser calls itself, as people know it: „Firefox auf Windows“."""
    browser = next((name for pattern, name in BROWSERS if re.search(rf"(?:{pattern})\w*/", agent)), "")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, agent)), "")
    if browser and system:
        return translate("%(browser)s auf %(system)s", browser=browser, system=system)
    return browser or system or translate("Unbekannter Browser")
