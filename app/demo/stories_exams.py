"""The demo tickets of the module „Prüfungen“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("sued", "user-sued", "task", "Prüfungen",
          "Prüfungsausschüsse für die neue Amtszeit berufen", "high", 116,
          steps=(
        Step("user-sued",
             "Zum Beginn der neuen Amtszeit werden 63 Ausschüsse mit 412 Mitgliedern berufen. Die "
             "alten Berufungen sollen enden, die neuen als Entwurf entstehen, damit die Gremien "
             "zustimmen können. Bitte nennen Sie uns den sichersten Weg, die Zeit ist leider knapp."),
        Step("edv-sued", "Wegen der Tragweite direkt weitergegeben.", move="handover", hours=2),
        Step("staff",
             "Am sichersten ist die „Amtszeitübernahme“ in PR0050: Sie beendet alle laufenden "
             "Berufungen zum Stichtag und legt für dieselben Personen Entwürfe an. Wer ausscheidet, "
             "wird anschließend im Entwurf gelöscht. Bitte zuerst den Probelauf wählen.",
             hours=5, files=(("Checkliste_Amtszeit.pdf", "pdf", "9 Punkte vor der Übernahme"),)),
        Step("user-sued",
             "Probelauf ergab 409 statt 412. Drei Personen hatten gar keine gültige Berufung, das "
             "war ein guter Fund. Übernahme ist erfolgt, die Urkunden werden gedruckt.",
             move="close", hours=50),
    )),
    Story("sued", "edv-sued", "incident", "Prüfungen",
          "Punkteumrechnung weicht vom amtlichen Notenschlüssel ab", "normal", 97, release=True,
          answers=(
            "Prüflinge mit halben Punkten",
            "Prüfung 3-208, Prüflingsnummern 41, 77 und 102",
            "66,5 Punkte ergeben „ausreichend“, laut Schlüssel wäre es „befriedigend“.",
            "Ergebnisse erfassen und „Noten bilden“ ausführen",
            "Falsche Noten, im schlimmsten Fall Widersprüche.",
          ),
          steps=(
        Step("edv-sued", ""),
        Step("staff",
             "Ihre Tabelle NS-100 hat eine Lücke zwischen 66,5 und 67. Halbe Punkte fallen dadurch "
             "in die schlechtere Stufe. Bitte setzen Sie die Untergrenze für „befriedigend“ auf 66,5 "
             "und lassen die Ergebnisse neu rechnen.", hours=20),
        Step("edv-sued",
             "Korrigiert, 1.118 Ergebnisse neu gerechnet, bei fünf Prüflingen verbessert sich die "
             "Note. Die Bescheide waren noch nicht versandt.", move="close", hours=25),
    )),
    Story("nord", "user-nord", "request", "Prüfungen",
          "Prüfung zum Übungsleiter ohne Zulassungsantrag erfassen", "normal", 81,
          steps=(
        Step("user-nord",
             "Bei uns melden die Ortsgruppen ihre Übungsleiter gesammelt zur Prüfung. Einen Antrag "
             "je Person gibt es nicht. Muss ich trotzdem für alle 48 eine Zulassung anlegen?"),
        Step("edv-nord",
             "Bei den Rettungsschwimmern haben wir die Zulassung in der Prüfungsart abgeschaltet. "
             "Das habe ich für „Übungsleiter C“ genauso gemacht. Bitte ausprobieren.", hours=5),
        Step("user-nord", "So geht es, alle 48 sind eingetragen.", move="close", hours=22),
    )),
    Story("sued", "user-sued", "incident", "Prüfungen",
          "Prüfungsbescheide tragen das Datum der Erfassung", "high", 64,
          answers=(
            "Absolventinnen und Absolventen der Gesellenprüfung",
            "Prüfung 3-221, alle 118 Zeugnisse",
            "Als Prüfungstag ist der Tag gedruckt, an dem wir die Ergebnisse eingetippt haben.",
            "PR0700, Formular PB-07 drucken",
            "Die Zeugnisse wären ungültig.",
          ),
          steps=(
        Step("user-sued", "",
             files=(
                 ("Bescheid_Datum.pdf", "pdf", "Bescheid: Prüfungstag falsch, Tag der Erfassung gedruckt"),
             )),
        Step("edv-sued",
             "Formular PB-07 nutzt das Feld ERFDAT statt PRUEFDAT. Änderungen an Bescheiden nehmen "
             "wir nicht selbst vor.", move="handover", hours=4),
        Step("user-sued",
             "Am Freitag ist Freisprechungsfeier mit 240 Gästen, die Zeugnisse müssen bis Donnerstag "
             "unterschrieben sein. Ohne eine Korrektur können wir sie nicht drucken.",
             move="escalate", hours=46),
        Step("staff",
             "Das angepasste Formular PB-07 liegt seit eben in Ihrem System. Bitte drucken Sie drei "
             "Muster; ich bleibe heute bis 18 Uhr für Sie erreichbar.", move="calm", hours=4),
        Step("user-sued", "Muster sind fehlerfrei, der Druck läuft.", hours=2),
        Step("staff",
             "Wir lassen das Ticket noch offen, bis auch die Zweitschriften (PB-08) angepasst sind. "
             "Diese verwenden dasselbe Feld.", hours=94),
    )),
    Story("sued", "user-sued", "request", "Prüfungen",
          "Nachteilsausgleich bei Legasthenie vermerken", "normal", 50,
          steps=(
        Step("user-sued",
             "Ein Prüfling (Nr. 3-230/19) bekommt 25 Prozent mehr Zeit. Wo vermerken wir das so, "
             "dass es die Aufsicht sieht, aber nicht auf dem Zeugnis erscheint?"),
        Step("edv-sued",
             "Ich sehe dafür nur das Bemerkungsfeld, und das wird gedruckt. Deshalb bitte Auskunft "
             "vom Hersteller.", move="handover", hours=20),
        Step("staff",
             "Dafür ist in PR0300 der Reiter „Durchführung“ da. Angaben dort stehen auf der "
             "Aufsichtsliste (PA-02), niemals auf Zeugnissen. Zugriff hat nur, wer das Recht PR-31 "
             "besitzt.", hours=26),
        Step("user-sued",
             "Gefunden und eingetragen. Der Datenschutz ist damit auch zufrieden.", move="close", hours=28),
    )),
    Story("nord", "edv-nord", "task", "Prüfungen",
          "Fragenkatalog für die Jugendleiterprüfung importieren", "normal", 41, release=True,
          steps=(
        Step("edv-nord",
             "Wir haben 220 Fragen mit je vier Antworten als Tabelle. Bitte um Einlesen in den "
             "Fragenpool „JL“. Spalte F enthält die richtige Antwort, Spalte G die Punkte."),
        Step("staff",
             "200 Fragen sind eingelesen. Bei 20 Fragen sind in Spalte F zwei Buchstaben "
             "eingetragen, etwa „A, C“. Sind dort mehrere Antworten richtig, oder handelt es sich um "
             "Alternativen?", move="to_user", hours=45),
        Step("edv-nord",
             "Die Jugendabteilung klärt das in der Sitzung des Lehrausschusses, danach bekommen Sie "
             "eine berichtigte Tabelle.", hours=30),
        Step("staff",
             "Mehrfachauswahl wird bei „JL“ nicht bepunktet, im Zweifel Fragetyp 3 verwenden.",
             audience="vendor", hours=1),
    )),
    Story("sued", "user-sued", "incident", "Prüfungen",
          "Einladung zur mündlichen Prüfung nennt falschen Raum", "normal", 31,
          answers=(
            "12 Prüflinge der Fachrichtung Elektronik",
            "Prüfungstag 3-240, Gruppe B",
            "Auf der Einladung steht Raum 2.14, tatsächlich findet die Prüfung in 0.07 statt.",
            "Einladung in PR0420 drucken, nachdem ein Raum getauscht wurde",
            "Die Leute stehen vor verschlossener Tür.",
          ),
          steps=(
        Step("user-sued", "",
             files=(("Einladung_Raum.png", "png", "Einladung: Raum 2.14 / Plan: Raum 0.07"),)),
        Step("edv-sued",
             "Im Prüfungsplan war Raum 2.14 gestern noch hinterlegt, die Einladungen wurden vor der "
             "Umplanung erzeugt. Ich habe den Lauf zurückgesetzt, Sie können neu drucken.", hours=1),
        Step("user-sued",
             "Neu gedruckt und zusätzlich alle zwölf angerufen. Es kommt niemand zu spät.",
             move="close", hours=3),
    )),
    Story("sued", "edv-sued", "request", "Prüfungen",
          "Ergebnisse verschlüsselt an die Aufgabenstelle übermitteln", "normal", 23,
          steps=(
        Step("edv-sued",
             "Die überregionale Aufgabenstelle verlangt eine verschlüsselte Übermittlung mit ihrem "
             "neuen Zertifikat. Wir stellen hier intern zusammen, was dafür zu ändern ist, bevor wir "
             "Sie einschalten: Exportpfad, Zeitplan, Zuständigkeit in der Prüfungsabteilung."),
        Step("edv-sued",
             "Zertifikat ist eingetroffen und geprüft, gültig drei Jahre.",
             hours=70,
             files=(("Zertifikat_Pruefbericht.pdf", "pdf", "Fingerabdruck geprüft, gültig 3 Jahre"),)),
        Step("edv-sued",
             "Zuständigkeit bei der Prüfungsabteilung geklärt, es übernimmt Herr Falk. Es fehlt noch "
             "der Exportpfad.", audience="organisation", hours=93),
    )),
    Story("sued", "user-sued", "incident", "Prüfungen",
          "Prüfer sehen im Portal nur die Hälfte ihrer Prüflinge", "high", 17,
          answers=(
            "Mindestens vier Prüfer aus zwei Ausschüssen",
            "Ausschuss 17, Prüfer Zeller und Wimmer",
            "Im Prüferportal stehen 9 statt 18 Namen.",
            "Als Prüfer anmelden, „Meine Prüflinge“ aufrufen",
            "Die Bewertung der Projektarbeiten kann nicht beginnen.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Bei Herrn Zeller nachvollzogen: Er sieht 9 von 18. Die Anmeldungen sind in X3 "
             "vollständig.", move="handover", hours=2),
        Step("staff",
             "Angezeigt werden nur Prüflinge, deren Zulassung auf „endgültig“ steht. Bei neun ist "
             "sie „vorläufig“. Wir könnten die Anzeige für Ihre Kammer erweitern. Sollen Prüferinnen "
             "und Prüfer auch vorläufig Zugelassene sehen?", move="to_user", hours=19),
        Step("user-sued",
             "Der Berufsbildungsausschuss tagt am Mittwoch und entscheidet. Ich trage das Ergebnis "
             "hier ein.", hours=73),
    )),
    Story("nord", "user2-nord", "request", "Prüfungen",
          "Prüfungsgebühr für Wiederholer ermäßigen", "normal", 9,
          steps=(
        Step("user2-nord",
             "Wer die Kampfrichterprüfung wiederholt, zahlt nach der neuen Gebührenordnung 25,00 "
             "statt 60,00 EUR. Bei der Anmeldung erscheint trotzdem der volle Betrag. Müssen wir "
             "eine eigene Gebührenart anlegen?"),
        Step("edv-nord",
             "Für die Gebührenart brauchen wir eine Regel, die den Versuch zählt. Das kann ich nicht "
             "selbst anlegen.", move="handover", hours=26),
        Step("staff",
             "Die Regel gibt es, sie heißt „Versuchszähler“. Wir tragen die 25,00 EUR ab dem zweiten "
             "Versuch ein und sagen Bescheid.", hours=44),
    )),
    Story("sued", "user-sued", "incident", "Prüfungen",
          "Aufsichtsliste lässt sich für Raum 1.03 nicht drucken", "high", 2,
          answers=(
            "Prüfungsaufsicht, morgen um 8 Uhr",
            "Prüfungstag 3-255, Raum 1.03, 24 Plätze",
            "Beim Drucken kommt „PR-0440 Pfad ungültig“.",
            "PR0430, Aufsichtsliste, nur für diesen einen Raum",
            "Wir schreiben die Sitzordnung notfalls mit der Hand.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Ich vermute den Schrägstrich im Raumnamen „1.03/links“. Benennen Sie ihn bitte "
             "versuchsweise nicht um, bis ich die Sitzpläne gesichert habe.", hours=4),
    )),
)
