"""Forms: named fields only, cleaned text, sentences in German, and an end mark against cut uploads."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from quart import request
from wtforms import Form as WTForm
from wtforms import HiddenField, MultipleFileField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import ValidationError

from app.documents.child import NotMade, in_child
from app.documents.text import pdf_text
from app.domain.refusals import Refused
from app.domain.storage import PDF, StoredFile, Upload
from app.language import GERMAN, spoken, translate
from app.text import clean_line, clean_text
from app.web.respond import storage

LONGEST_MESSAGE = 20_000
SECONDS_FOR_PDF_TEXT = 5
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
CUT = "Die Übertragung wurde unterbrochen. Bitte senden Sie noch einmal; Ihr Text ist noch da."


class Form(WTForm):
    """A posted form. `status` is the answer's status while something is wrong with it."""

    class Meta:
        @property
        def locales(self) -> tuple[str, ...]:
            """The reader's language, for the few sentences that are WTForms' own."""
            return ("de", "de_DE") if spoken() == GERMAN else (spoken(),)

    form_key = HiddenField()
    status = 422

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether every field is fine and the form arrived whole."""
        fine = bool(super().validate(extra_validators))
        if self.status == 400:
            self.form_errors = [translate(CUT)]
            return False
        return fine

    def refuse(self, refused: Refused) -> None:
        """Put the sentences of a refusal at their fields."""
        for name, sentence in refused.fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, sentence]
            else:
                self.form_errors = [*self.form_errors, sentence]


SomeForm = TypeVar("SomeForm", bound=Form)


async def read_form(form_class: type[SomeForm], **defaults: Any) -> SomeForm:
    """The posted form, not validated yet; one that arrived cut or without a key is marked as such."""
    posted = await request.form
    form = form_class(posted, **defaults)
    if "end" not in posted or not _KEY.fullmatch(posted.get("form_key", "")):
        form.status = 400
    return form


def line(label: str, longest: int, required: str = "", **more: Any) -> StringField:
    """A field for one line of text, cleaned; `required` is the sentence when it is empty."""
    return StringField(label, [_Short(longest), *_required(required)], [_cleaner(clean_line)], **more)


def secret(label: str, required: str = "") -> PasswordField:
    """A field for a password, exactly as it was typed."""
    return PasswordField(label, _required(required))


def text(label: str, longest: int = LONGEST_MESSAGE, required: str = "") -> TextAreaField:
    """A field for several lines, cleaned."""
    return TextAreaField(label, [_Short(longest), *_required(required)], [_cleaner(clean_text)])


def choice(label: str, sentence: str, **more: Any) -> SelectField:
    """One of several values; anything else gets the sentence."""
    return SelectField(label, [_Chosen(sentence)], validate_choice=False, **more)


def files(label: str) -> MultipleFileField:
    """Names the field of the files; they are read by `accept_files`."""
    return MultipleFileField(label)


class _Chosen:
    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: WTForm, field: SelectField) -> None:
        if field.data not in [value for value, *_ in field.iter_choices()]:
            raise ValidationError(translate(self.sentence))


def _cleaner(clean: Callable[[str], str]) -> Callable[[str | None], str]:
    return lambda given: clean(given or "")


def _required(sentence: str) -> list[Any]:
    return [_Needed(sentence)] if sentence else []


class _Needed:
    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def __call__(self, form: WTForm, field: Any) -> None:
        if not field.data:
            raise ValidationError(translate(self.sentence))


class _Short:
    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, form: WTForm, field: Any) -> None:
        if len(field.data or "") > self.longest:
            raise ValidationError(translate("Bitte höchstens %(n)s Zeichen.", n=self.longest))


async def posted_files() -> list[Upload]:
    """The chosen files of the form; the empty part that browsers send for none is left out."""
    found = (await request.files).getlist("files")
    return [Upload(file.filename, file.stream) for file in found if file.filename]


async def file_names() -> list[str]:
    """What was chosen, to be named when the person has to choose again."""
    return [clean_line(upload.name) for upload in await posted_files()]


async def accept_files() -> list[StoredFile]:
    """Check and keep the form's files, all or none, with the words inside PDFs; raises Refused(files=…)."""
    kept = await storage().accept(await posted_files())
    return [await _with_text(file) for file in kept]


async def _with_text(file: StoredFile) -> StoredFile:
    if file.content_type != PDF:
        return file
    try:
        async with storage().at_hand([file.sha256]) as paths:
            words = await in_child(pdf_text, paths[file.sha256], seconds=SECONDS_FOR_PDF_TEXT)
    except NotMade:
        return file
    return StoredFile(file.name, file.content_type, file.size, file.sha256, text=clean_text(words.decode()))
