"""„Einstellungen“: one page, and a form of its own for each of its sections."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from quart import Blueprint, Response
from wtforms import PasswordField, SelectMultipleField

from app.database import Row
from app.domain import accounts, directory, flow, search
from app.domain.models import Appearance, Person, Session
from app.domain.policy import sees_deleted
from app.domain.refusals import Refused
from app.domain.ticket_filter import DEFAULT_SORT, TicketFilter
from app.language import translate
from app.web.forms import Form, choice, line, read_form
from app.web.guard import client_address, forget_session_cookie, me, session, set_session_cookie
from app.web.respond import page, see_other

blueprint = Blueprint("settings", __name__)

LONGEST_FILTER = 500
APPEARANCES = {
    Appearance.SYSTEM.value: "Wie das System", Appearance.LIGHT.value: "Hell", Appearance.DARK.value: "Dunkel",
}  # fmt: skip
SORTS = {
    DEFAULT_SORT: "Zuletzt geänderte zuerst",
    "waiting": "Am längsten wartende zuerst",
    "-number": "Neueste zuerst",
    "number": "Älteste zuerst",
    "priority": "Hohe Priorität zuerst",
}
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


class AppearanceForm(Form):
    """Light, dark, or as the system has it."""

    appearance = choice("Darstellung", "Bitte wählen Sie eine Darstellung.", choices=list(APPEARANCES))


class FilterForm(Form):
    """What the ticket list shows first. Statuses and modules offered depend on the person."""

    statuses = SelectMultipleField("Status", validate_choice=False)
    modules = SelectMultipleField("Module", validate_choice=False)
    sort = choice("Sortierung", "Bitte wählen Sie eine Sortierung.", choices=list(SORTS))


class PasswordForm(Form):
    """The old password once and the new one twice; none of them is ever shown again."""

    password = PasswordField("Bisheriges Passwort")
    new_password = PasswordField("Neues Passwort")
    new_password_again = PasswordField("Neues Passwort wiederholen")


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


@blueprint.post("/settings/appearance")
async def save_appearance() -> Response:
    """Set the theme."""
    form = await read_form(AppearanceForm)
    if not form.validate():
        return await _page(look=form)
    await accounts.change_appearance(me(), Appearance(form.appearance.data))
    return see_other("/settings#look", notice="saved")


@blueprint.post("/settings/filter")
async def save_filter() -> Response:
    """Set the default filter; what the role sees anyway is kept as nothing, so that it follows the role."""
    form = await read_form(FilterForm)
    if form.validate():
        try:
            await accounts.change_default_filter(me(), _query(form, await search.choices(me())))
            return see_other("/settings#filter", notice="saved")
        except Refused as refused:
            form.refuse(refused)
    return await _page(filter=form)


@blueprint.post("/settings/password")
async def save_password() -> Response:
    """Set a new password: every session ends, and this browser gets a new one."""
    form = await read_form(PasswordForm)
    if form.validate():
        try:
            await _change_password(form)
            token = await accounts.start_session(me(), session().browser, client_address())
            response = see_other("/settings#change-password", notice="password")
            set_session_cookie(response, token)
            return response
        except Refused as refused:
            form.refuse(refused)
    return await _page(password=form)


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


async def _change_password(form: PasswordForm) -> None:
    new = form.new_password.data or ""
    if not form.password.data:
        raise Refused(password=translate("Bitte geben Sie Ihr bisheriges Passwort an."))
    accounts.check_new_password(new, me())
    if new != form.new_password_again.data:
        raise Refused(new_password_again=translate("Die beiden neuen Passwörter sind verschieden."))
    await accounts.change_password(me(), form.password.data, new, client_address())


def _query(form: FilterForm, choices: list[Row]) -> str:
    """The chosen filter as the list's address writes it; all modules at once are the same as none."""
    usable = {str(row["id"]) for row in choices if row["kind"] == "module"}
    chosen = set(form.modules.data or [])
    if not chosen <= usable:
        raise Refused(modules=translate("Bitte wählen Sie aus Ihren Modulen."))
    offered = _statuses(me())
    if not set(form.statuses.data or []) <= set(offered):
        raise Refused(statuses=translate("Bitte wählen Sie aus den angebotenen Status."))
    filter = replace(
        TicketFilter.default(me()),
        statuses=tuple(status for status in offered if status in (form.statuses.data or [])),
        modules=() if chosen == usable else tuple(sorted(map(int, chosen))),
        sort=form.sort.data,
    )
    query = filter.query()
    if len(query) > LONGEST_FILTER:
        raise Refused(modules=translate("Das sind zu viele Module auf einmal. Ohne Auswahl zeigt die Liste alle."))
    return query


def _statuses(person: Person) -> list[str]:
    return [*(status.value for status in flow.STATUS_LABELS), *([flow.DELETED] if sees_deleted(person) else [])]


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
        look=_look(forms.get("look"), person),
        filter=_filter(forms.get("filter"), person, choices),
        password=forms.get("password") or PasswordForm(),
        shortest=accounts.SHORTEST_PASSWORD,
        devices=[_device(one) for one in await accounts.sessions_of(person)],
        rights=directory.rights(vars(person)),
        role=directory.role_label(person.role),
        modules=[] if person.is_staff else await directory.modules(person),
    )


def _look(form: Form | None, person: Person) -> dict[str, Any]:
    form = form or AppearanceForm(appearance=person.appearance.value)
    return {"field": form["appearance"], "options": _options(APPEARANCES.items(), [form["appearance"].data])}


def _filter(form: Form | None, person: Person, choices: list[Row]) -> dict[str, Any]:
    """The fields of the default filter and what they offer."""
    own = TicketFilter.read(parse_qsl(person.default_filter), person)
    form = form or FilterForm(statuses=list(own.statuses), modules=list(map(str, own.modules)), sort=own.sort)
    statuses = [(s, flow.status_label(s) if s != flow.DELETED else flow.DELETED_LABEL) for s in _statuses(person)]
    modules = [(str(row["id"]), row["name"]) for row in choices if row["kind"] == "module"]
    return {
        "form": form,
        "statuses": _options(statuses, form["statuses"].data or []),
        "modules": _options(modules, form["modules"].data or []),
        "sorts": _options(SORTS.items(), [form["sort"].data]),
    }


def _options(offered: Iterable[tuple[str, str]], chosen: Iterable[str]) -> list[dict[str, Any]]:
    chosen = set(chosen)
    return [{"value": str(value), "label": translate(label), "checked": value in chosen} for value, label in offered]


def _device(one: Session) -> dict[str, Any]:
    return {
        "name": browser_name(one.browser), "here": one.id == session().id, "seen_at": one.seen_at,
        "created_at": one.created_at, "address": one.address,
    }  # fmt: skip


def browser_name(agent: str) -> str:
    """What a browser calls itself, as people know it: „Firefox auf Windows“."""
    browser = next((name for pattern, name in BROWSERS if re.search(rf"(?:{pattern})\w*/", agent)), "")
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, agent)), "")
    if browser and system:
        return translate("%(browser)s auf %(system)s", browser=browser, system=system)
    return browser or system or translate("Unbekannter Browser")
