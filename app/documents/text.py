"""The words inside a PDF, for the full-text search."""

from pathlib import Path

MOST_PAGES = 50
MOST_CHARACTERS = 100_000


def pdf_text(path: Path) -> bytes:
    """The text of the first pages as UTF-8, as far as it can be read; runs in a child process."""
    from pypdf import PdfReader  # not before it is needed

    words, length = [], 0
    for page in PdfReader(path).pages[:MOST_PAGES]:
        words.append(page.extract_text())
        length += len(words[-1])
        if length > MOST_CHARACTERS:
            break
    return "\n".join(words)[:MOST_CHARACTERS].encode("utf-8", "ignore")
