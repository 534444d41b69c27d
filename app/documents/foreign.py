"""Other people's PDFs as drawings: what a page shows comes along, whatever a PDF can do stays behind."""

from collections.abc import Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, cast

from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NullObject,
    PdfObject,
    StreamObject,
)

# What leads from a drawing to actions, forms, files and places outside it.
LEFT_BEHIND = frozenset({
    "/A", "/AA", "/AcroForm", "/AF", "/Alternates", "/Annots", "/EF", "/EmbeddedFiles", "/F", "/FFilter",
    "/FDecodeParms", "/FS", "/JavaScript", "/JS", "/Kids", "/Launch", "/Metadata", "/Names", "/Next", "/OpenAction",
    "/OPI", "/P", "/Parent", "/PieceInfo", "/PS", "/Ref", "/StructParent", "/StructParents", "/URI", "/XFA",
})  # fmt: skip
NO_DRAWINGS = frozenset({
    "/Action", "/Annot", "/Catalog", "/EmbeddedFile", "/F", "/Filespec", "/OCG", "/OCMD", "/Page", "/Pages",
})  # fmt: skip
ACTIONS = frozenset({
    "/GoTo", "/GoTo3DView", "/GoToE", "/GoToR", "/Hide", "/ImportData", "/JavaScript", "/Launch", "/Movie",
    "/Named", "/Rendition", "/ResetForm", "/RichMediaExecute", "/SetOCGState", "/Sound", "/SubmitForm", "/Thread",
    "/Trans", "/URI",
})  # fmt: skip
RESOURCES = ("/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/ProcSet", "/Shading", "/XObject")
NAMED_FREELY = frozenset((*RESOURCES, "/CharProcs", "/Colorants"))
HIDDEN = 2 | 32  # flags of an annotation: hidden, no view
LARGEST_SIDE = 14_400.0  # of a page, in points


class Unreadable(Exception):
    """The file is no PDF that can be drawn."""


class Copier:
    """Copies what drawings need from one file into another, each object once."""

    def __init__(self, writer: PdfWriter) -> None:
        self.writer = writer
        self.copied: dict[tuple[int, int], IndirectObject] = {}

    def drawing(self, page: PageObject) -> tuple[IndirectObject, Transformation, float, float]:
        """A page as a form object, the way it is turned upright from the origin, and its width and height then."""
        x, y, width, height = _visible_box(page)
        form = StreamObject()
        resources = self._resources(page.get("/Resources"))
        form.set_data(b"q\n" + _content(page) + b"\nQ\n" + self._annotations(page, resources))
        form.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): ArrayObject(map(FloatObject, (x, y, x + width, y + height))),
                NameObject("/Resources"): resources,
            }
        )
        group = page.get("/Group")
        if group is not None:
            form[NameObject("/Group")] = self._copy(group)
        upright, across = _upright(page, x, y, width, height)
        return self.writer._add_object(form.flate_encode()), upright, *((height, width) if across else (width, height))

    def _resources(self, given: Any) -> DictionaryObject:
        given, found = _resolved(given), DictionaryObject()
        for name in RESOURCES:
            if isinstance(given, DictionaryObject) and name in given:
                found[NameObject(name)] = self._copy(_resolved(given[name]), named_freely=name != "/ProcSet")
        return found

    def _annotations(self, page: PageObject, resources: DictionaryObject) -> bytes:
        """What filled fields, stamps and notes look like, drawn where they are; adds them to the resources."""
        drawn = b""
        for number, (look, rect) in enumerate(_looks(page)):
            placed = _placed(look, rect)
            if placed is None:
                continue
            name = f"/PortalLook{number}"
            drawings = resources.setdefault(NameObject("/XObject"), DictionaryObject())
            drawings[NameObject(name)] = self.writer._add_object(self._copy(look))
            drawn += f"q {placed} cm {name} Do Q\n".encode()
        return drawn

    def _copy(self, given: Any, named_freely: bool = False) -> Any:
        if isinstance(given, IndirectObject):
            return self._copied_once(given)
        if isinstance(given, DictionaryObject):
            return self._copy_dictionary(given, named_freely)
        if isinstance(given, ArrayObject):
            return ArrayObject(self._copy(item) for item in given)
        return given.clone(self.writer) if isinstance(given, PdfObject) else NullObject()

    def _copied_once(self, reference: IndirectObject) -> Any:
        key = (reference.idnum, reference.generation)
        if key not in self.copied:
            self.copied[key] = self.writer._add_object(NullObject())
            copy = self._copy(reference.get_object())
            self.writer._replace_object(self.copied[key].idnum, copy)
        return self.copied[key]

    def _copy_dictionary(self, given: DictionaryObject, named_freely: bool) -> Any:
        if not named_freely and _is_no_drawing(given):
            return NullObject()
        copy = DictionaryObject()
        if isinstance(given, StreamObject):
            copy = EncodedStreamObject()
            copy._data = given._data
        for name, value in given.items():
            if _is_part(_resolved(value)) if named_freely else name not in LEFT_BEHIND:
                copy[NameObject(name)] = self._copy(value, named_freely=not named_freely and name in NAMED_FREELY)
        return copy


def opened(path: Any) -> PdfReader:
    """A PDF to be drawn from; raises Unreadable for what is encrypted or has no page, else whatever pypdf does."""
    reader = PdfReader(path)
    if reader.is_encrypted or not len(reader.pages):
        raise Unreadable
    return reader


def _resolved(given: Any) -> Any:
    return given.get_object() if isinstance(given, IndirectObject) else given


def _is_part(value: Any) -> bool:
    """Whether something under a name of its own, as fonts and pictures are, is anything that is drawn with."""
    if isinstance(value, DictionaryObject):
        return not _is_no_drawing(value)
    return isinstance(value, ArrayObject | NameObject)  # colours


def _is_no_drawing(given: DictionaryObject) -> bool:
    action = _resolved(given.get("/S"))
    return (
        _resolved(given.get("/Type")) in NO_DRAWINGS
        or action in ACTIONS
        or "/PS" in (_resolved(given.get("/Subtype")), _resolved(given.get("/Subtype2")))
    )


def _content(page: PageObject) -> bytes:
    given = _resolved(page.get("/Contents"))
    parts = given if isinstance(given, ArrayObject) else [given]
    streams = [_resolved(part) for part in parts]
    return b"\n".join(stream.get_data() for stream in streams if isinstance(stream, StreamObject))


def _visible_box(page: PageObject) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of what a page shows."""
    media, crop = page.mediabox, page.cropbox
    left, bottom = max(float(media.left), float(crop.left)), max(float(media.bottom), float(crop.bottom))
    right, top = min(float(media.right), float(crop.right)), min(float(media.top), float(crop.top))
    width, height = right - left, top - bottom
    if not all(isfinite(side) and 1 <= side <= LARGEST_SIDE for side in (width, height)):
        raise Unreadable
    return left, bottom, width, height


def _upright(page: PageObject, x: float, y: float, width: float, height: float) -> tuple[Transformation, bool]:
    """From the page's own coordinates to the corner of an upright sheet, and whether its sides change places."""
    moved, turn = Transformation().translate(-x, -y), page.rotation % 360
    shift = {90: (0.0, width), 180: (width, height), 270: (height, 0.0)}.get(turn)
    return (moved.rotate(-turn).translate(*shift), turn != 180) if shift else (moved, False)


def _looks(page: PageObject) -> Iterator[tuple[StreamObject, list[float]]]:
    """The annotations that are seen: the drawing of each, and its place."""
    for reference in _resolved(page.get("/Annots")) or ():
        note = _resolved(reference)
        if not isinstance(note, DictionaryObject) or int(_resolved(note.get("/F")) or 0) & HIDDEN:
            continue
        looks = _resolved(note.get("/AP"))
        look = _resolved(looks.get("/N")) if isinstance(looks, DictionaryObject) else None
        if isinstance(look, DictionaryObject) and not isinstance(look, StreamObject):
            look = _resolved(look.get(_resolved(note.get("/AS")) or "/Off"))
        if isinstance(look, StreamObject) and _resolved(note.get("/Subtype")) != "/Popup":
            yield look, _numbers(note.get("/Rect"), 4)


def _placed(look: StreamObject, rect: list[float]) -> str | None:
    """The matrix that brings the drawing of an annotation into its place (ISO 32000-1, 12.5.5)."""
    a, b, c, d, e, f = _numbers(look.get("/Matrix"), 6) or [1, 0, 0, 1, 0, 0]
    box = _numbers(look.get("/BBox"), 4)
    if not box or not rect:
        return None
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across = [a * x + c * y + e for x, y in corners]
    along = [b * x + d * y + f for x, y in corners]
    width, height = max(across) - min(across), max(along) - min(along)
    left, right = sorted((rect[0], rect[2]))
    bottom, top = sorted((rect[1], rect[3]))
    if not width or not height:
        return None
    sx, sy = (right - left) / width, (top - bottom) / height
    matrix = (sx, 0.0, 0.0, sy, left - sx * min(across), bottom - sy * min(along))
    return " ".join(f"{value:.5f}" for value in matrix)


def _numbers(given: Any, count: int) -> list[float]:
    given = _resolved(given)
    if not isinstance(given, ArrayObject) or len(given) != count:
        return []
    found = [_resolved(item) for item in given]
    if not all(isinstance(item, int | float | Decimal) and isfinite(item) for item in found):
        return []
    return [float(cast(float, item)) for item in found]
