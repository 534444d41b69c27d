"""Letting go of a person, for admins: what it would change and what would stay, then the deed."""

from quart import Blueprint, Response
from wtforms import BooleanField, StringField

from app.database import Row
from app.domain import accounts, directory, privacy
from app.domain.mentions import Terms
from app.domain.refusals import Refused
from app.language import translate
from app.web import people_view
from app.web.forms import Form, read_form, secret, text
from app.web.guard import admin_only, me
from app.web.respond import page, see_other

blueprint = Blueprint("privacy", __name__)

PLACE = "/staff/people"
LONGEST_TERMS = 3000
DO_IT = "go"


class PseudonymForm(Form):
    """Whether texts are changed too, for which names, and the admin's own password."""

    texts = BooleanField("auch den Namen in Texten ersetzen")
    terms = text("Was in Texten ersetzt wird", LONGEST_TERMS)
    password = secret("Ihr Passwort")
    deed = StringField()

    @property
    def chosen(self) -> Terms:
        """What is replaced in texts; nothing without the box."""
        return Terms.read(self.terms.data or "") if self.texts.data else Terms(())


@blueprint.get(f"{PLACE}/<int:id>/pseudonym")
@admin_only
async def ask(id: int) -> Response:
    """What would change, and what would stay."""
    account = await privacy.account(me(), id)
    return await _page(account, PseudonymForm(terms="\n".join(Terms.of(account).words)))


@blueprint.post(f"{PLACE}/<int:id>/pseudonym")
@admin_only
async def pseudonymise(id: int) -> Response:
    """Look again with other words, or do it; the same form again finds it done."""
    if (await directory.account(me(), id))["pseudonymised_at"]:
        return see_other(f"{PLACE}/{id}", notice="person_pseudonymised")
    account = await privacy.account(me(), id)
    form = await read_form(PseudonymForm)
    if not form.validate():
        return await _page(account, form, form.status)
    try:
        privacy.check_terms(form.chosen)
        if form.deed.data != DO_IT:
            return await _page(account, form)
        if not await accounts.knows_password(me(), form.password.data or ""):
            raise Refused(password=translate("Das Passwort ist falsch."))
        await privacy.pseudonymise(me(), id, form.chosen)
    except Refused as refused:
        form.refuse(refused)
        return await _page(account, form, form.status)
    return see_other(f"{PLACE}/{id}", notice="person_pseudonymised")


async def _page(account: Row, form: PseudonymForm, status: int = 200) -> Response:
    terms = Terms.read(form.terms.data or "")
    if form.terms.errors:  # what cannot be replaced is not looked for either
        terms = Terms(())
    return await page(
        "privacy/show.html", status, account=account, name=people_view.name(account), form=form,
        found=await privacy.preview(me(), account["id"], terms),
        busy=await privacy.duties(me(), account["id"]),
    )  # fmt: skip
