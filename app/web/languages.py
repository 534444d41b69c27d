"""The switch in the foot of every page: the same page in the other language."""

from quart import Blueprint, Response, g
from wtforms import HiddenField

from app.domain import accounts
from app.language import LANGUAGES
from app.web.errors import problem
from app.web.forms import Form, choice, read_form
from app.web.frame import lasting, with_language
from app.web.guard import me, public
from app.web.respond import own_path, see_other

blueprint = Blueprint("languages", __name__)


class SwitchForm(Form):
    """The other language, and the page to come back to."""

    language = choice("Sprache", "Bitte wählen Sie eine Sprache.", choices=list(LANGUAGES))
    back = HiddenField()


@blueprint.post("/language")
@public
async def switch() -> Response:
    """Speak this language from now on: by the person's own setting, or in the address while nobody is signed in."""
    form = await read_form(SwitchForm)
    if not form.validate():
        return await problem(form.status)
    back = own_path(lasting(form.back.data or ""), not_for=("static",))
    if not getattr(g, "me", None):
        return see_other(with_language(back, form.language.data))
    await accounts.change_language(me(), form.language.data)
    return see_other(back)
