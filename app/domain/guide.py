"""The guided questions of a „Fehlermeldung“, and the readable message that their answers become."""

from collections.abc import Sequence

from app.language import translate

# (name of the field, question)
QUESTIONS = (
    ("affected", "Wen oder was betrifft das Problem?"),
    ("record", "Welche Mitglieds-, Seminar-Nr. o. Ä.?"),
    ("symptom", "Wie äußert sich das Problem?"),
    ("trigger", "Wie kann es ausgelöst werden?"),
    ("impact", "Welche Auswirkung hat es?"),
)


def incident_text(answers: Sequence[str]) -> str:
    """Question and answer as paragraphs, in the order of QUESTIONS; an empty answer leaves out its question."""
    return "\n\n".join(
        f"{translate(question)}\n{answer.strip()}"
        for (_, question), answer in zip(QUESTIONS, answers, strict=False)
        if answer.strip()
    )
