"""The page behind the links of a closing letter: how content is the reporter? Shown by GET, kept by POST."""

from typing import Any

from quart import Blueprint, Response, request

from app.domain import satisfaction
from app.domain.satisfaction import LABELS, LONGEST_WORDS, Question
from app.domain.ticket_filter import bounded_id
from app.language import translate
from app.web.forms import Form, choice, read_form, text
from app.web.guard import public
from app.web.respond import page, see_other

blueprint = Blueprint("satisfaction", __name__)


class RatingForm(Form):
    """One of three answers, and words if one likes."""

    value = choice("Antwort", "Bitte wählen Sie eine Antwort.", choices=[str(value) for value in LABELS])
    words = text("Möchten Sie dazu etwas sagen?", LONGEST_WORDS)


@blueprint.after_request
async def keep_the_link(response: Response) -> Response:
    """Keep the link out of what browsers say about where they come from."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/rating/<token>")
@public
async def show(token: str) -> Response:
    """The question, with the answer that was clicked in the letter or given before; nothing is kept."""
    question = await satisfaction.find(token)
    if question is None:
        return await _dead()
    clicked = bounded_id(request.args.get("value", "")) or question.value
    form = RatingForm(value=str(clicked or ""), words=question.words)
    return await _page(question, form, 200)


@blueprint.post("/rating/<token>")
@public
async def answer(token: str) -> Response:
    """Keep the answer; it can be changed for as long as the link is good."""
    form = await read_form(RatingForm)
    question = await satisfaction.find(token)
    if question is None:
        return await _dead()
    if not form.validate():
        return await _page(question, form, form.status)
    await satisfaction.answer(question, int(form.value.data), form.words.data or "")
    return see_other(f"/rating/{token}")


async def _page(question: Question, form: RatingForm, status: int) -> Response:
    options: list[dict[str, Any]] = [
        {"value": str(value), "label": translate(label), "checked": form.value.data == str(value)}
        for value, label in LABELS.items()
    ]
    return await page(
        "satisfaction/show.html", status, form=form, options=options, ticket=question.ticket,
        answered=question.value is not None, until=question.expires_at, action=request.path, longest=LONGEST_WORDS,
    )  # fmt: skip


async def _dead() -> Response:
    """One page for every link that opens nothing, whatever the reason."""
    return await page("satisfaction/dead.html", 404)
