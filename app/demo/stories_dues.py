"""The demo tickets of the module „Beiträge“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("nord", "user-nord", "incident", "Beiträge",
          "Beitragslauf 20417 bricht bei Ortsgruppe Eckernförde ab", "high", 117,
          answers=(
            "Die Beitragsabteilung und damit den Bankeinzug des gesamten Verbands",
            "Lauf 20417, Ortsgruppe 0320 Eckernförde, erster fehlerhafter Satz vermutlich Mitglied "
            "106650",
            "Meldung „BE-0871: Berechnung nicht möglich“, danach schließt sich das Fenster.",
            "Beitragslauf in BE0300 echt starten; die Vorschau läuft ohne Meldung durch.",
            "Kein Einzug möglich, Frist bei der Bank ist Freitag, 10 Uhr.",
          ),
          steps=(
        Step("user-nord", "",
             files=(
                 ("Bildschirmfoto_Beitragslauf.png", "png", "BE0300 Lauf 20417: Abbruch bei Satz 6.112"),
                 ("Fehlerprotokoll_20417.pdf", "pdf", "BE-0871 Division durch null in Staffelberechnung"),
             )),
        Step("edv-nord",
             "Der Abbruch ist reproduzierbar, auch mit meinem Konto. Protokoll hängt oben an.",
             move="handover", hours=1),
        Step("user-nord",
             "Der Einzug ist für Freitag bei der Bank angekündigt, es geht um 214.380,50 EUR. Ohne "
             "den Lauf können wir die Datei nicht rechtzeitig einreichen und müssten alle Mitglieder "
             "neu informieren.", move="escalate", hours=22),
        Step("staff",
             "Wir haben den Fall vorgezogen. Ursache ist die Staffel 7, in der das Feld „bis Alter“ "
             "leer ist. Bitte tragen Sie dort 99 ein und starten Sie den Lauf mit „Fortsetzen ab "
             "Satz 6.112“. Bis Mittag ist ein Kollege unter der bekannten Durchwahl für Sie da.",
             move="calm", hours=2),
        Step("staff",
             "Leere Staffelgrenze müsste schon beim Speichern abgefangen werden. Als Fehler 9.4-1980 "
             "aufgenommen.", audience="vendor", hours=1),
        Step("user-nord",
             "Lauf ist durchgelaufen, 9.874 Sätze, Summe stimmt mit der Vorschau überein. Die Datei "
             "ist bei der Bank.", hours=3),
        Step("staff",
             "Das freut uns. Die fehlende Prüfung liefern wir mit dem nächsten Update nach, Ihre "
             "Staffeln sind inzwischen vollständig.", move="close", hours=20),
    )),
    Story("nord", "edv-nord", "task", "Beiträge",
          "Neue Beitragssätze der Delegiertenversammlung hinterlegen", "normal", 96, release=True,
          steps=(
        Step("edv-nord",
             "Die Delegiertenversammlung hat neue Sätze beschlossen: Einzelmitglied 78,00 EUR "
             "(bisher 72,00), Familie 104,00 EUR (96,00), Jugend unverändert 30,00 EUR, "
             "Fördermitglied mindestens 120,00 EUR. Gültig ab Januar. Bitte als Entwurf anlegen, wir "
             "geben ihn selbst frei.",
             files=(("Beitragsordnung_neu.pdf", "pdf", "Beitragsordnung, Anlage 1: Sätze ab Januar"),)),
        Step("staff",
             "Entwurf „Beitragsordnung ab Januar“ ist angelegt. Beim Fördermitglied haben wir 120,00 "
             "EUR als Untergrenze hinterlegt, höhere Zusagen bleiben bestehen.", hours=30),
        Step("edv-nord", "Kontrolliert und freigegeben. Besten Dank.", move="close", hours=27),
    )),
    Story("sued", "user-sued", "request", "Beiträge",
          "Existenzgründer vom Grundbeitrag freistellen", "normal", 83,
          steps=(
        Step("user-sued",
             "Gründerinnen und Gründer sind bei uns in den ersten beiden Jahren vom Grundbeitrag "
             "befreit, im dritten und vierten Jahr nur von der Umlage, sofern der Gewinn 25.000 EUR "
             "nicht übersteigt. Bislang pflegen wir das mit einer Wiedervorlage von Hand. Kann X3 "
             "die vier Jahre selbst überwachen?"),
        Step("edv-sued", "", move="handover", hours=29),
        Step("staff",
             "Ja, mit der Befreiungsart „zeitlich gestaffelt“. Sie hinterlegen einmalig das Schema "
             "(Jahr 1 und 2 voll, Jahr 3 und 4 nur Umlage, Gewinngrenze 25.000 EUR). Danach genügt "
             "am Betrieb das Gründungsdatum. Das Schema haben wir in Ihrem Testsystem als „GRÜ-4“ "
             "eingerichtet.", hours=45),
        Step("user-sued",
             "Wir haben zwölf Gründungen durchgerechnet, alle Ergebnisse entsprechen unserer "
             "Tabelle. Darf das Schema ins Echtsystem?", hours=94),
        Step("staff", "Gern. GRÜ-4 ist übertragen und ab sofort wählbar.", move="close", hours=5),
    )),
    Story("sued", "edv-sued", "incident", "Beiträge",
          "Gewerbeerträge werden beim Einlesen hundertfach zu hoch übernommen", "high", 67, release=True,
          answers=(
            "Die Veranlagung mit allen beitragspflichtigen Betrieben",
            "Einlesung 881, zum Beispiel Betrieb 70-3315 Schreinerei Haslinger",
            "Statt 48.200,00 EUR steht 4.820.000,00 EUR als Gewerbeertrag im Datensatz.",
            "Datei des Finanzamts über BE0510 einlesen",
            "Die vorläufigen Bescheide wären um den Faktor 100 falsch. Noch ist keiner verschickt.",
          ),
          steps=(
        Step("edv-sued", "",
             files=(
                 ("Satzvergleich_Finanzamt.png", "png",
                  "Links Datei: 48.200,00 / rechts X3: 4.820.000,00"),
             )),
        Step("staff",
             "Bitte keine Bescheide erzeugen, bis wir uns wieder melden. Wir haben die Datei und "
             "prüfen das Zahlenformat.", hours=1),
        Step("staff",
             "Das Finanzamt liefert seit diesem Quartal ohne Dezimaltrennzeichen. Unsere "
             "Einleseroutine erkennt das am neuen Kopfsatz nicht.", audience="vendor", hours=3),
        Step("staff",
             "Die angepasste Routine (EL-FA 2.3) steht bereit. Bitte die vorhandene Einlesung 881 "
             "zurücknehmen und neu starten.", hours=20),
        Step("edv-sued",
             "Einlesung 881 zurückgenommen, 884 neu eingelesen: 5.206 Sätze, Stichprobe von 40 "
             "Betrieben korrekt.", move="close", hours=6),
    )),
    Story("nord", "user2-nord", "request", "Beiträge",
          "Beitrag auf zwei Konten eines Ehepaars verteilen", "normal", 52,
          steps=(
        Step("user2-nord",
             "Das Ehepaar Thomsen (Familiennummer F-1187) möchte den Beitrag je zur Hälfte von zwei "
             "Konten einziehen lassen. Ist so etwas vorgesehen?"),
        Step("edv-nord",
             "Mir ist keine Einstellung dafür bekannt, ich frage beim Anbieter nach.",
             move="handover", hours=20),
        Step("staff",
             "Eine Teilung je Bankverbindung gibt es nicht. Möglich wäre, den Jahresbeitrag in zwei "
             "Raten zu stellen und jeder Rate ein eigenes Mandat zuzuordnen. Käme das für Ihr "
             "Ehepaar in Frage? Die erste Rate würde im Januar, die zweite im Juli fällig.",
             move="to_user", hours=48),
        Step("user2-nord", "Ich habe den Thomsens geschrieben und warte auf deren Antwort.", hours=70),
    )),
    Story("nord", "user-nord", "incident", "Beiträge",
          "Anteiliger Beitrag bei Eintritt zur Monatsmitte falsch gerundet", "normal", 40,
          answers=(
            "Neumitglieder, die nach dem 15. eines Monats eintreten",
            "zum Beispiel 118033 (Eintritt am 17.) und 118041",
            "Berechnet werden 38,97 EUR, nach der Satzung müssten es 39,00 EUR sein.",
            "Aufnahme erfassen, Beitrag sofort berechnen lassen",
            "Kleine Beträge, aber die Kassenprüfung beanstandet es jedes Jahr.",
          ),
          steps=(
        Step("user-nord", ""),
        Step("edv-nord",
             "Nach Satzung wird auf volle 10 Cent aufgerundet. In den Parametern steht bei uns "
             "„kaufmännisch“. Ich traue mich nicht, das mitten im Jahr umzustellen.",
             move="handover", hours=6),
        Step("staff",
             "Gut, dass Sie gefragt haben: Die Umstellung wirkt auch auf bereits berechnete Sätze, "
             "sobald diese neu gerechnet werden. Wir bereiten eine Variante mit Gültig-ab-Datum vor.",
             hours=27),
        Step("user-nord",
             "Das klingt vernünftig. Bis dahin korrigieren wir die Neuzugänge von Hand, das sind "
             "ungefähr fünfzehn im Monat.", hours=50),
    )),
    Story("sued", "user-sued", "task", "Beiträge",
          "Nachveranlagung: 112 Bescheide für das vorletzte Jahr erzeugen", "normal", 33, release=True,
          opened_by="staff",
          steps=(
        Step("staff",
             "Wie gestern mit Ihrer Abteilung Veranlagung telefonisch besprochen, halten wir den "
             "Auftrag hier fest: Es sollen 112 berichtigte Bescheide erzeugt werden, nachdem die "
             "endgültigen Gewerbeerträge vorliegen. Bitte bestätigen Sie uns, dass die Bescheidtexte "
             "in der Fassung vom Frühjahr verwendet werden dürfen."),
        Step("user-sued",
             "Ja, bitte die Frühjahrsfassung. Die Rechtsbehelfsbelehrung wurde seither nicht "
             "geändert.", hours=21),
        Step("staff",
             "Die 112 Bescheide liegen als Druckauftrag DA-7714 bereit. Drei Betriebe haben ein "
             "Guthaben (insgesamt 1.206,40 EUR), diese bitte vor dem Versand ansehen.",
             hours=26,
             files=(
                 ("Guthabenliste_DA-7714.pdf", "pdf",
                  "70-0912: 611,20 / 70-2045: 388,00 / 70-4410: 207,20"),
             )),
        Step("edv-sued",
             "Die Poststelle hat Kapazität am Mittwoch, bitte erst dann auslösen.",
             audience="organisation", hours=22),
        Step("user-sued",
             "Bescheide sind gedruckt und verschickt, die Guthaben wurden verrechnet.",
             move="close", hours=48),
    )),
    Story("nord", "user2-nord", "request", "Beiträge",
          "Ermäßigung für Auszubildende soll zum Lehrzeitende auslaufen", "normal", 24,
          steps=(
        Step("user2-nord",
             "Bei uns zahlen Auszubildende den halben Satz. Leider vergessen viele, uns das Ende der "
             "Lehre mitzuteilen. Wir haben gerade entdeckt, dass 63 Mitglieder älter als 28 Jahre "
             "sind und immer noch ermäßigt zahlen.\n\n"
             "Lässt sich hinterlegen, dass die Ermäßigung nach drei Jahren endet und das Mitglied "
             "vorher angeschrieben wird?"),
        Step("edv-nord",
             "Grundsätzlich gibt es ein Feld „gültig bis“, es wird beim Lauf aber nicht ausgewertet. "
             "Wir bitten um Prüfung.", move="handover", hours=46),
        Step("staff",
             "Das Feld wird ausgewertet, sobald in der Ermäßigungsart der Schalter „befristet“ "
             "gesetzt ist. Für die Anschreiben bietet sich eine Wiedervorlage mit Vorlauf an. Wir "
             "stellen Ihnen ein Beispiel zusammen.", hours=70),
    )),
    Story("nord", "edv-nord", "incident", "Beiträge",
          "Vorschau zum Monatslauf zählt 412 Mitglieder ohne Beitragsgruppe", "high", 15, release=True,
          answers=(
            "Beitragsabteilung, alle Mitglieder der Ortsgruppen 0500 bis 0519",
            "Stichprobe: 103218, 103219, 107745",
            "In der Vorschau erscheint die Zeile „ohne Zuordnung“ mit 412 Personen, im Vormonat "
            "waren es zwei.",
            "Vorschau in BE0310 aufrufen, Stichtag Monatsende",
            "Diese Mitglieder bekämen keine Rechnung.",
          ),
          steps=(
        Step("edv-nord", "",
             files=(
                 ("Vorschau_ohne_Gruppe.png", "png", "BE0310 Vorschau: 412 Sätze, Beitragsgruppe leer"),
             )),
        Step("staff",
             "Können Sie uns die Auswertung BE-K3 für zwei der Mitglieder schicken? Wir möchten "
             "sehen, wann die Gruppe verloren ging.", hours=4),
        Step("edv-nord",
             "Beigefügt. Auffällig: Alle Änderungen tragen denselben Zeitstempel, nachts um 02:14 "
             "Uhr.",
             hours=2,
             files=(
                 ("BE-K3_zwei_Mitglieder.pdf", "pdf", "Änderung 02:14:07 SYSTEM Beitragsgruppe 20 > leer"),
             )),
        Step("staff",
             "02:14 Uhr ist der nächtliche Abgleich der Gliederungen. Wir untersuchen, warum er die "
             "Beitragsgruppe anfasst.", hours=3),
        Step("edv-nord",
             "Der Echtlauf muss am kommenden Dienstag starten. Stand heute wären 412 Mitglieder "
             "beitragsfrei, das entspricht knapp 30.000 EUR. Wir benötigen eine verbindliche "
             "Auskunft, ob die Gruppen aus der Sicherung zurückgespielt werden können.",
             move="escalate", hours=120),
    )),
    Story("sued", "user-sued", "incident", "Beiträge",
          "Mahnsperre verschwindet nach Ratenvereinbarung", "normal", 9,
          answers=(
            "Kollegin in der Vollstreckung und ich",
            "Betrieb 70-5108, Ratenplan RP-0233",
            "Die Sperre „bis Jahresende“ ist nach dem Speichern des Ratenplans leer, der Betrieb "
            "wurde daraufhin gemahnt.",
            "Erst Mahnsperre setzen, dann Ratenplan mit mehr als sechs Raten anlegen",
            "Ärger mit dem Betrieb, der pünktlich zahlt. Wir prüfen jetzt jede Woche von Hand.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Danke für die genaue Beschreibung. Ich stelle den Ablauf heute Nachmittag im "
             "Testsystem nach und melde mich, sobald ich weiß, ob es an der Reihenfolge der Eingaben "
             "liegt.", hours=30),
    )),
    Story("nord", "user-nord", "request", "Beiträge",
          "Spendenanteil im Beitrag getrennt ausweisen", "normal", 4,
          steps=(
        Step("user-nord",
             "Einige Fördermitglieder überweisen freiwillig mehr als den Mindestbeitrag. Das "
             "Finanzamt verlangt, dass wir den Mehrbetrag als Spende bescheinigen. Wie müssen wir "
             "ihn erfassen, damit er nicht als Beitrag zählt?"),
    )),
    Story("sued", "edv-sued", "task", "Beiträge",
          "Zugriff auf die Beitragssimulation für zwei neue Sachbearbeiter", "normal", 0, release=True,
          steps=(
        Step("edv-sued",
             "Bitte schalten Sie die Simulation (BE0900) für die Arbeitsplätze KS-114 und KS-115 "
             "frei, die Lizenz dafür wurde vergangene Woche bestellt, Auftragsnummer A-30922."),
    )),
)
