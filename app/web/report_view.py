"""What the report says, in the reader's words: figures, charts and tables, each number with the list behind it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app import clock
from app.database import Row
from app.documents.charts import Series, bar_chart, column_chart
from app.documents.report import Cell, Line, Part, ReportDocument, Table, hours, number
from app.domain.flow import OPEN, STATUS_TOKENS, category_label, status_label, status_token, waiting_for
from app.domain.models import Person, Status
from app.domain.report_filter import ReportFilter
from app.domain.report_numbers import Group, Report
from app.domain.trail import Trail, age_words, ages, answer_values, answer_words
from app.domain.turn_history import SIDES
from app.language import format_date, format_datetime, format_number, midnight, translate

BARS = 12
ROWS = 25
STATUS_OF = {side: status for status, side in SIDES.items()}


class View:
    """The report for one reader."""

    def __init__(self, person: Person, found: Report, choices: Sequence[Row]) -> None:
        self.person, self.found, self.filter, self.choices = person, found, found.filter, choices

    def figures(self) -> list[tuple[str, Cell]]:
        """The large numbers on top."""
        found, total = self.found, self.found.total
        return [
            (translate("Jetzt offen"), number(found.open, self.open())),
            (
                translate("Davon eskaliert"),
                number(found.escalated, self.open(escalated=True), _share(found.escalated, found.open)),
            ),
            (
                translate("Davon hohe Priorität"),
                number(found.high, self.open(priority="high"), _share(found.high, found.open)),
            ),
            (translate("Erstellt im Zeitraum"), number(total.created, self.happened("created"))),
            (translate("Geschlossen im Zeitraum"), number(total.closed, self.happened("closed"))),
        ]  # fmt: skip

    def parts(self, rows: int | None = ROWS) -> list[Part]:
        """The parts of the page from top to bottom, with at most so many modules and organisations."""
        parts = [self._ages(), self._weeks(), self._time(), self._answers()]
        parts += [
            self._groups("modules", translate("Nach Modul"), translate("Modul"), self.found.by_module, rows),
            self._groups(
                "categories", translate("Nach Kategorie"), translate("Kategorie"), self.found.by_category, rows
            ),
        ]
        if self.person.is_staff:
            parts.append(
                self._groups(
                    "organisations", translate("Nach Organisation"), translate("Organisation"),
                    self.found.by_organisation, rows,
                )
            )  # fmt: skip
        return parts

    def facts(self) -> list[tuple[str, str]]:
        """What, who, when."""
        names = {(row["kind"], row["id"]): row["name"] for row in self.choices}
        every = translate("alle")
        found = [("Zeitraum", self.period()), ("Modul", names.get(("module", self.filter.module), every))]
        if self.person.is_staff:
            found.append(("Organisation", names.get(("organisation", self.filter.organisation), every)))
        found += [
            ("Erstellt von", f"{self.person.name}, {self.person.organisation.name}"),
            ("Erstellt am", format_datetime(clock.now())),
        ]
        return [(translate(label), value) for label, value in found]

    def period(self) -> str:
        """„31.08.2026 – 22.11.2026“."""
        return " – ".join(format_date(midnight(day)) for day in self.filter.days())

    def document(self, base_url: str, rows: int | None = ROWS) -> ReportDocument:
        """The report for PDF and Excel."""
        return ReportDocument(
            title=translate("Report"), figures=self.figures(), parts=self.parts(rows), facts=self.facts(),
            links=base_url,
            created_text=f"{translate('Report')} · {self.period()} · {format_datetime(clock.now())}",
        )  # fmt: skip

    def open(self, statuses: Sequence[Status] = OPEN, **more: Any) -> str:
        """The list of the open tickets."""
        return self.filter.tickets_url(self.person, statuses, **more)

    def happened(self, event: str, monday: date | None = None, answer: str = "", **more: Any) -> str:
        """The list of the tickets to which something happened in the period, or in one of its weeks."""
        statuses = (Status.CLOSED,) if event == "closed" else ()
        return self.filter.tickets_url(
            self.person, statuses, trail=self.filter.trail(event, monday, answer=answer), **more
        )

    def _ages(self) -> Part:
        lines = [
            Line(status_label(status), [
                number(sum(counts), self.open((status,))),
                *(number(n, self.open((status,), trail=Trail(age=age))) for age, n in zip(ages(), counts, strict=True)),
            ], status_token(status))
            for status, counts in self.found.by_status.items()
        ]  # fmt: skip
        labels = [age_words(age) for age in ages()]
        chart = column_chart(
            "ages", translate("Offene Tickets nach Alter"), translate("Alter"), labels,
            [Series(status_label(s), STATUS_TOKENS[s], counts) for s, counts in self.found.by_status.items()],
            stacked=True,
        )  # fmt: skip
        table = Table(
            translate("Offene Tickets nach Status und Alter"), [translate("Status"), translate("Offen"), *labels], lines
        )
        return Part("ages", translate("Was offen ist"), table, [chart])

    def _weeks(self) -> Part:
        weeks = self.found.weeks
        chart = column_chart(
            "weeks", translate("Erstellt und geschlossen je Woche"), translate("Woche"),
            [_week(week.monday) for week in weeks],
            [
                Series(translate("Erstellt"), "accent", [week.created for week in weeks]),
                Series(translate("Geschlossen"), "done", [week.closed for week in weeks]),
            ],
        )  # fmt: skip
        lines = [
            Line(f"{_week(week.monday)}/{week.monday.isocalendar().year}", [
                number(week.created, self.happened("created", week.monday)),
                number(week.closed, self.happened("closed", week.monday)),
            ])
            for week in weeks
        ]  # fmt: skip
        headings = [translate("Woche"), translate("Erstellt"), translate("Geschlossen")]
        return Part("weeks", translate("Wie es läuft"), Table(chart.title, headings, lines), [chart])

    def _time(self) -> Part:
        held, whole = self.found.total.held, sum(one.seconds for one in self.found.total.held.values())
        chart = bar_chart(
            "time", translate("Arbeitsstunden im Zeitraum"), translate("Wer"),
            [(_side(side), hours(one.seconds)) for side, one in held.items()], measure=translate("Stunden"),
            tokens=[STATUS_TOKENS[STATUS_OF[side]] for side in held],
        )  # fmt: skip
        lines = [
            Line(_side(side), [
                number(one.tickets, self.happened(side)),
                number(hours(one.seconds), self.happened(side), _share(one.seconds, whole)),
                number(hours(one.seconds / one.tickets) if one.tickets else 0, self.happened(side)),
            ], status_token(STATUS_OF[side]))
            for side, one in held.items()
        ]  # fmt: skip
        headings = [
            translate("Wer"), translate("Tickets"), translate("Arbeitsstunden"), translate("Stunden je Ticket")
        ]  # fmt: skip
        note = translate(
            "Wie lange die Tickets im Zeitraum bei wem waren, in der Arbeitszeit der Organisation: "
            "ohne Wochenenden, Feiertage und Feierabend."
        )
        return Part("time", translate("Wo die Zeit blieb"), Table(chart.title, headings, lines), [chart], note)

    def _answers(self) -> Part:
        values = answer_values()
        labels = [answer_words(value) for value in values]
        answers = self.found.answers
        chart = column_chart(
            "answers", translate("Zeit bis zur ersten Antwort"), translate("Zeit"), labels,
            [Series(_side(side), STATUS_TOKENS[STATUS_OF[side]], one.counts) for side, one in answers.items()],
        )  # fmt: skip
        lines = [
            Line(_side(side), [
                number(one.tickets, self.happened(f"asked_{side}")),
                *(
                    number(n, self.happened(f"asked_{side}", answer=value), _share(n, one.tickets))
                    for value, n in zip(values, one.counts, strict=True)
                ),
                _median(one.median),
            ])
            for side, one in answers.items()
        ]  # fmt: skip
        headings = [translate("Wer"), translate("Zum ersten Mal"), *labels, translate("Median (Std.)")]
        note = translate(
            "Für Tickets, die im Zeitraum zum ersten Mal dorthin kamen: Arbeitsstunden bis zur ersten Nachricht "
            "oder zum ersten Schritt."
        )
        return Part("answers", translate("Erste Antwort"), Table(chart.title, headings, lines), [chart], note)

    def _groups(self, key: str, title: str, heading: str, groups: Sequence[Group], rows: int | None) -> Part:
        lines = [Line(_name(key, group), self._group(key, group)) for group in groups[:rows]]
        chart = bar_chart(
            key, translate("Offene Tickets: %(title)s", title=title), heading,
            [(_name(key, group), group.open) for group in groups[:BARS]], measure=translate("Offen"),
        )  # fmt: skip
        headings = [
            heading, translate("Offen"), translate("Im Zeitraum"), translate("Erstellt"), translate("Geschlossen"),
            translate("Hohe Priorität"), translate("Eskaliert"),
            *(translate("Std. bei %(who)s", who=waiting_for(status)) for status in STATUS_OF.values()),
            *([translate("Erste Antwort (Std.)")] if key == "organisations" else []),
        ]  # fmt: skip
        more = len(groups) - len(lines)
        note = translate("%(n)s weitere stehen im Excel-Export.", n=more) if more else ""
        return Part(key, title, Table(translate("Tickets: %(title)s", title=title), headings, lines), [chart], note)

    def _group(self, key: str, group: Group) -> list[Cell]:
        of: dict[str, Any] = {"category": group.id}
        if key != "categories":
            of = {"modules": (int(group.id),)} if key == "modules" else {"organisation": int(group.id)}
        return [
            number(group.open, self.open(**of)),
            number(group.tickets, self.happened("open", **of)),
            number(group.created, self.happened("created", **of)),
            number(group.closed, self.happened("closed", **of)),
            number(group.high, self.happened("open", **of, priority="high"), _share(group.high, group.tickets)),
            number(group.escalated, self.happened("escalated", **of), _share(group.escalated, group.tickets)),
            *(number(hours(one.seconds), self.happened(side, **of)) for side, one in group.held.items()),
            *([_median(group.median)] if key == "organisations" else []),
        ]


def _name(key: str, group: Group) -> str:
    return category_label(group.id) if key == "categories" else group.name


def _side(side: str) -> str:
    """„Bei EDV“."""
    return translate("Bei %(who)s", who=waiting_for(STATUS_OF[side]))


def _median(seconds: int | None) -> Cell:
    return Cell(None, "–") if seconds is None else number(hours(seconds))


def _share(part: float, whole: float) -> str:
    return translate("%(n)s %%", n=format_number(100 * part / whole)) if whole else ""


def _week(monday: date) -> str:
    return translate("KW %(n)s", n=monday.isocalendar().week)


def filter_context(filter: ReportFilter, choices: Sequence[Row], periods: Sequence[int]) -> dict[str, Any]:
    """What the filter above the numbers offers."""

    def offered(kind: str, chosen: int | None) -> list[dict[str, Any]]:
        return [
            {"id": row["id"], "name": row["name"], "checked": row["id"] == chosen}
            for row in choices if row["kind"] == kind
        ]  # fmt: skip

    return {
        "periods": [
            {"value": weeks, "label": translate("%(n)s Wochen", n=weeks),
             "checked": not filter.start and weeks == filter.weeks}
            for weeks in periods
        ],
        "modules": offered("module", filter.module),
        "organisations": offered("organisation", filter.organisation),
        "filter_set": filter != ReportFilter(),
        "own_period": f"{filter.start}/{filter.end}" if filter.start else "",
        "export_url": filter.url("/report.xlsx"),
        "pdf_url": filter.url("/report.pdf"),
    }  # fmt: skip
