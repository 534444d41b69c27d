"""The demo tickets of the module „Seminare“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("sued", "user-sued", "request", "Seminare",
          "Warteliste: Nachrücker automatisch benachrichtigen", "normal", 112,
          steps=(
        Step("user-sued",
             "Bei den Meistervorbereitungskursen rücken oft kurzfristig Personen nach. Zurzeit "
             "telefonieren wir die Warteliste von oben nach unten ab. Gibt es die Möglichkeit, dass "
             "die nächste Person eine E-Mail mit Frist erhält?"),
        Step("edv-sued",
             "Fachlich beim Anbieter besser aufgehoben, deshalb Übergabe.", move="handover", hours=21),
        Step("staff",
             "Dafür ist der Nachrückdienst gedacht. In SE0240 unter „Warteliste“ setzen Sie "
             "„automatisch anbieten“ und eine Frist in Stunden. Wer nicht antwortet, rutscht ans "
             "Ende der Liste.", hours=24),
        Step("user-sued",
             "Wir haben es mit Kurs 26-118 ausprobiert, 48 Stunden Frist. Die erste Person hat "
             "zugesagt, ohne dass jemand telefonieren musste. Sehr angenehm!", move="close", hours=52),
    )),
    Story("nord", "user-nord", "incident", "Seminare",
          "Teilnehmerbescheinigung druckt falsches Enddatum", "normal", 99,
          answers=(
            "Alle Seminare, die über mehr als einen Tag gehen",
            "Seminar 2214 „Vereinsrecht kompakt“, 18 Teilnehmende",
            "Auf der Bescheinigung steht als Zeitraum nur der erste Tag.",
            "SE0410, Bescheinigungen drucken, Formular TB-04",
            "Teilnehmende können die Fortbildungsstunden nicht nachweisen und rufen an.",
          ),
          steps=(
        Step("user-nord", "",
             files=(
                 ("Bescheinigung_Muster.pdf", "pdf", "Teilnahmebescheinigung: vom 3. bis 3. des Monats"),
             )),
        Step("edv-nord",
             "Am Formular TB-04 liegt es nicht, der Wert kommt schon falsch aus der Datenbank.",
             move="handover", hours=5),
        Step("staff",
             "Bei mehrtägigen Seminaren mit Pausentag wurde nur der erste Block gelesen. Korrigiert "
             "in Formularpaket 118, bitte einspielen.", move="close", hours=23),
        Step("user-nord",
             "Formularpaket ist drauf, beim Seminar 2214 stimmt es. Bei Seminar 2230 mit drei "
             "Blöcken fehlt allerdings der letzte Block.", move="reopen", hours=72),
        Step("staff",
             "Danke für die Rückmeldung, drei Blöcke hatten wir nicht im Test. Paket 119 behebt auch "
             "das.", hours=25),
        Step("edv-nord", "Paket 119 ist verteilt.", hours=24),
        Step("user-nord", "Alle Bescheinigungen neu gedruckt und in Ordnung.", move="close", hours=3),
    )),
    Story("nord", "user2-nord", "task", "Seminare",
          "Seminarprogramm des zweiten Halbjahrs als Kopiervorlage anlegen", "normal", 91,
          steps=(
        Step("user2-nord",
             "Bitte kopieren Sie das komplette Programm (57 Veranstaltungen) als Entwurf ins nächste "
             "Halbjahr. Referentinnen und Referenten sollen nicht übernommen werden, Preise und "
             "Räume schon."),
        Step("edv-nord",
             "57 Seminare kopiert, Status „Entwurf“, Nummernkreis ab 2301. Preise sind übernommen. "
             "Bei zwei Räumen gab es Überschneidungen mit der Vorstandsklausur, diese Seminare habe "
             "ich ohne Raum angelegt: 2318 und 2342.", hours=28),
        Step("user2-nord",
             "Hervorragend, das erspart uns zwei Tage Arbeit. Die beiden Räume kläre ich mit dem "
             "Haus.", move="close", hours=27),
    )),
    Story("sued", "user-sued", "incident", "Seminare",
          "Online-Anmeldung nimmt mehr Personen an als Plätze frei sind", "high", 78,
          answers=(
            "Die Kursverwaltung und 7 Teilnehmende ohne Platz",
            "Kurs 26-131 „Arbeitssicherheit für Führungskräfte“",
            "20 Plätze, aber 27 verbindliche Bestätigungen wurden verschickt.",
            "Wenn mehrere Personen in derselben halben Stunde buchen",
            "Überbuchter Kurs, der Raum fasst höchstens 22 Personen.",
          ),
          steps=(
        Step("user-sued", "",
             files=(
                 ("Buchungsstand_26-131.png", "png", "Kurs 26-131: 20 Plätze, 27 Anmeldungen bestätigt"),
             )),
        Step("edv-sued",
             "Dringend: Kurs ist überbucht, Anmeldung für diesen Kurs habe ich vorläufig "
             "geschlossen.", move="handover", hours=1),
        Step("staff",
             "Wir übernehmen. Bitte lassen Sie die übrigen Kurse geöffnet, die Prüfung greift dort.",
             hours=1),
        Step("staff",
             "Zwischen Web und X3 lagen 40 Minuten Versatz, weil der Abgleichdienst hing. "
             "Überwachung meldete nichts, siehe Leitwarte Vorgang 5521.", audience="vendor", hours=6),
        Step("staff",
             "Die Ursache war ein stehengebliebener Abgleichdienst. Er läuft wieder und wird nun "
             "alle fünf Minuten überwacht. Zusätzlich prüft die Anmeldeseite die freien Plätze jetzt "
             "unmittelbar vor dem Absenden.", hours=19),
        Step("user-sued",
             "Sieben Personen konnten wir auf einen Zusatztermin umbuchen, alle waren einverstanden. "
             "Seither keine Überbuchung mehr.", move="close", hours=28),
    )),
    Story("nord", "user-nord", "request", "Seminare",
          "Stornogebühren gestaffelt nach Tagen berechnen", "normal", 62,
          steps=(
        Step("user-nord",
             "Unsere neuen Teilnahmebedingungen sehen vor: bis 21 Tage vorher kostenfrei, danach 30 "
             "Prozent, ab 7 Tagen 80 Prozent. Kann das Programm die Gebühr bei einer Absage selbst "
             "vorschlagen?",
             files=(("Teilnahmebedingungen.pdf", "pdf", "§ 5 Rücktritt: 21 Tage / 7 Tage"),)),
        Step("edv-nord", "Unter Stornoregeln finde ich nur eine Stufe.", move="handover", hours=9),
        Step("staff",
             "Mehrere Stufen gehen mit einer Stornotabelle. Bevor wir sie einrichten: Zählen Sie "
             "Kalendertage oder Werktage, und gilt der Eingang der Absage oder das Datum des "
             "Schreibens?", move="to_user", hours=46),
        Step("user-nord", "Kalendertage, Eingang der Absage.", move="handover", hours=75),
        Step("staff",
             "Die Tabelle „Storno 21/7“ ist angelegt. Sie erscheint erst, wenn sie am Seminartyp "
             "hinterlegt ist. Bitte nennen Sie uns die Typen, für die sie gelten soll; bei Tagungen "
             "möchten Sie sie vermutlich nicht.", move="to_user", hours=50),
    )),
    Story("nord", "edv-nord", "request", "Seminare",
          "Anmeldeformular in die neue Internetseite einbinden", "normal", 49,
          steps=(
        Step("edv-nord",
             "Wir stellen unsere Internetseite um (neue Adresse www.verband-nord.example). Darf das "
             "Anmeldeformular dort in einem Rahmen laufen, oder muss die Seite auf Ihre Adresse "
             "weiterleiten? Bitte auch um Angabe, welche Domains freigeschaltet werden müssen."),
        Step("edv-nord", "Ergänzung: Start der neuen Seite ist in drei Wochen.", move="handover", hours=26),
        Step("staff",
             "Ein Rahmen wird aus Sicherheitsgründen abgelehnt. Empfohlen ist die Einbindung als "
             "Schaltfläche mit Weiterleitung. Nach der Buchung kommt die Person auf eine Seite "
             "zurück, die Sie selbst bestimmen. Freizuschalten ist nur anmeldung.uniplus.example.",
             hours=18),
        Step("edv-nord",
             "So umgesetzt, funktioniert einwandfrei auch auf dem Telefon.", move="close", hours=94),
    )),
    Story("sued", "user-sued", "request", "Seminare",
          "Förderkennzeichen des Landes auf der Seminarrechnung", "normal", 36,
          steps=(
        Step("user-sued",
             "Für den Fördertopf „Fachkurse“ muss auf jeder Rechnung das Förderkennzeichen "
             "(Beispiel: FK-2231/08) und der Zuschussbetrag stehen. Zuletzt wurden 19 Rechnungen von "
             "der Bewilligungsstelle zurückgegeben.\n\n"
             "Am liebsten wäre uns ein Feld am Kurs, aus dem sich der Text ergibt."),
        Step("edv-sued",
             "Am Kurs gibt es fünf freie Felder, davon ist eines unbenutzt (FREI4). Ob man das auf "
             "die Rechnung bekommt, weiß ich nicht.", move="handover", hours=22),
        Step("staff",
             "FREI4 eignet sich. Wir ändern das Rechnungsformular RE-02 so ab, dass der Inhalt unter "
             "der Kursbezeichnung erscheint, sobald er gefüllt ist. Den Zuschuss ziehen wir als "
             "eigene Zeile ab.", hours=28),
        Step("user-sued",
             "Bitte beachten: Der Zuschuss ist ohne Umsatzsteuer. Ein Muster der Bewilligungsstelle "
             "lege ich bei.",
             hours=49,
             files=(
                 ("Muster_Foerderrechnung.pdf", "pdf",
                  "Rechnung netto 840,00, Zuschuss 252,00, Eigenanteil 588,00"),
             )),
        Step("admin",
             "Mit Formularteam abgestimmt, geschätzt ein halber Tag. Kann ohne Berechnung erfolgen.",
             audience="vendor", hours=30),
    )),
    Story("nord", "user2-nord", "incident", "Seminare",
          "Referentenhonorar wird doppelt vorgeschlagen", "normal", 27,
          answers=(
            "Die Honorarabrechnung",
            "Seminar 2251, Referent Bruhn (Kreditor 61044)",
            "Im Vorschlag stehen zweimal 640,00 EUR.",
            "SE0600 aufrufen, Seminar wählen, „Honorar vorschlagen“",
            "Wir müssen jede Abrechnung von Hand kontrollieren, eine Doppelzahlung fiel erst bei "
            "der Bank auf.",
          ),
          steps=(
        Step("user2-nord", ""),
        Step("edv-nord",
             "Ich vermute, dass Herr Bruhn sowohl als Referent als auch als Dozent eingetragen ist. "
             "Sehe ich mir an, sobald die Lohnabrechnung durch ist.", hours=24),
        Step("user2-nord",
             "Gibt es dazu schon einen Zwischenstand? Die nächste Honorarrunde beginnt in einer "
             "Woche.", hours=98),
    )),
    Story("sued", "edv-sued", "incident", "Seminare",
          "Kalenderexport liefert Termine um eine Stunde verschoben", "normal", 18, release=True,
          answers=(
            "Alle Dozentinnen und Dozenten, die Kurstermine abonnieren",
            "zum Beispiel Kurs 26-140, dienstags 18 Uhr",
            "Im Kalender steht 19 Uhr, im Programm 18 Uhr.",
            "Kurs öffnen, „Termine exportieren“, Datei im Kalenderprogramm öffnen",
            "Zwei Lehrkräfte kamen eine Stunde zu spät.",
          ),
          steps=(
        Step("edv-sued", ""),
        Step("staff",
             "Das betrifft Kalenderprogramme, die unsere Zeitzonenangabe nicht auswerten. Welches "
             "Programm und welche Version verwenden Sie im Haus?", hours=27),
        Step("edv-sued",
             "Hausweit dieselbe Fassung, Stand Frühjahr. Auf dem Telefon ist die Uhrzeit richtig, am "
             "Rechner nicht. Ich habe eine Beispieldatei als Ausdruck angehängt.",
             hours=20,
             files=(("Kalenderdatei_Ausdruck.pdf", "pdf", "BEGIN:VEVENT, Beginn ohne Zeitzone"),)),
        Step("staff",
             "Vielen Dank, damit ließ es sich nachvollziehen: Bei Serienterminen fehlt der "
             "Zeitzonenblock. Die Korrektur ist für das nächste Monatsupdate vorgesehen.", hours=52),
    )),
    Story("nord", "user-nord", "task", "Seminare",
          "Raumplan für die Herbsttagung im Programm abbilden", "normal", 11,
          steps=(
        Step("user-nord",
             "Die Tagung findet in acht Räumen gleichzeitig statt (Hotel am Hafen, 230 Personen). "
             "Bitte legen Sie die Räume mit Kapazität an, damit wir die Arbeitsgruppen zuordnen "
             "können.",
             files=(
                 ("Raumplan_Hotel.jpg", "jpg", "Grundriss: Saal 1 bis 3, Kajüte, Lotse, Deck 4 bis 6"),
             )),
        Step("edv-nord",
             "Saal 1 bis 3 und die Decks sind angelegt. Bei „Kajüte“ und „Lotse“ lese ich im Plan "
             "keine Personenzahl. Können Sie diese beim Hotel erfragen?", move="to_user", hours=19),
    )),
    Story("nord", "user2-nord", "request", "Seminare",
          "Teilnehmerliste mit Unterschriftsfeld und Verpflegungswunsch", "normal", 5,
          steps=(
        Step("user2-nord",
             "Wäre es möglich, die Anwesenheitsliste um zwei Spalten zu ergänzen? Wir benötigen "
             "Platz für die Unterschrift (mindestens 5 cm) und daneben den Verpflegungswunsch aus "
             "der Anmeldung, also vegetarisch oder nicht."),
    )),
    Story("sued", "user-sued", "incident", "Seminare",
          "Zahlungslink in der Anmeldebestätigung führt ins Leere", "high", 1,
          answers=(
            "Alle neuen Anmeldungen zu kostenpflichtigen Kursen",
            "Kurs 26-152, bisher 14 Anmeldungen",
            "Nach dem Anklicken von „Jetzt bezahlen“ kommt die Meldung „Seite nicht gefunden“.",
            "Testanmeldung durchführen und den Link aus der Bestätigung öffnen",
            "Es gehen keine Zahlungen ein, das Telefon klingelt ununterbrochen.",
          ),
          steps=(
        Step("user-sued", "",
             files=(("Fehlerseite_Zahlung.png", "png", "Seite nicht gefunden: /zahlung/26-152"),)),
        Step("edv-sued",
             "Betrifft jede Bestätigung seit gestern Abend. Bitte zeitnah ansehen.",
             move="handover", hours=2),
        Step("staff",
             "Wir haben es eingegrenzt: Seit der Zertifikatserneuerung zeigt der Link auf die alte "
             "Adresse. Die Umstellung läuft gerade, bereits verschickte Links werden danach "
             "ebenfalls wieder gültig.", hours=3),
    )),
)
