"""The demo tickets of the module „Korrespondenz“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("nord", "user-nord", "request", "Korrespondenz",
          "Serienbrief nur an Haushalte statt an jedes Mitglied", "normal", 114,
          steps=(
        Step("user-nord",
             "Liebes Team,\n\n"
             "beim letzten Rundbrief haben Familien bis zu fünf gleichlautende Briefe bekommen. Wir "
             "würden gern einen Brief je Haushalt senden, mit der Anrede „Familie …“. Bei 11.200 "
             "Empfängern würde sich das auch beim Porto bemerkbar machen."),
        Step("edv-nord",
             "Haushaltsbildung ist bei uns abgeschaltet. Bevor ich sie aktiviere, wüsste ich gern, "
             "was sonst noch davon abhängt.", move="handover", hours=6),
        Step("staff",
             "Die Haushaltsbildung wirkt ausschließlich auf Serienbriefe und Etiketten. "
             "Zusammengefasst wird, wer dieselbe Anschrift und dieselbe Familiennummer hat. Wer das "
             "nicht möchte, erhält am Mitglied den Haken „eigene Post“.", hours=23),
        Step("edv-nord", "Eingeschaltet, nächtliche Bildung lief 14 Minuten.", hours=20),
        Step("user-nord",
             "Aus 11.200 Briefen sind 8.940 geworden. Der Schatzmeister lässt herzlich grüßen.",
             move="close", hours=49),
    )),
    Story("sued", "user-sued", "incident", "Korrespondenz",
          "Briefkopf zeigt noch die alte Anschrift der Geschäftsstelle", "normal", 94,
          answers=(
            "Alle Schreiben der Geschäftsstelle Kempten",
            "Vorlagen BK-01 bis BK-26",
            "Oben rechts steht die Anschrift von vor dem Umzug.",
            "Beliebiges Schreiben aus der Korrespondenz erzeugen",
            "Antworten gehen an ein leeres Haus und kommen eine Woche später bei uns an.",
          ),
          steps=(
        Step("user-sued", "", files=(("Briefkopf_alt.png", "png", "Kammer Süd, Alte Poststraße 3"),)),
        Step("edv-sued",
             "Die Vorlagen liegen zentral, ich habe den Kopf in allen 26 Vorlagen ausgetauscht.",
             move="close", hours=3),
        Step("user-sued",
             "Bei Bescheiden ist alles richtig, nur die Einladungen zur Vollversammlung tragen "
             "weiterhin die Alte Poststraße.", move="reopen", hours=66),
        Step("edv-sued",
             "Diese Vorlage (VV-01) hatte jemand lokal gespeichert. Sie ist nun ebenfalls zentral "
             "hinterlegt, die lokale Fassung habe ich entfernt.", hours=5),
        Step("user-sued", "Bestätigt, danke.", move="close", hours=2),
    )),
    Story("nord", "user2-nord", "incident", "Korrespondenz",
          "Umlaute in E-Mail-Betreffzeilen unlesbar", "normal", 80,
          answers=(
            "Empfänger mit älteren Mailprogrammen, Zahl unbekannt",
            "Versandauftrag VS-3390",
            "Statt „Übersicht“ steht im Betreff eine Folge seltsamer Zeichen.",
            "E-Mail aus einer Vorlage mit Umlaut im Betreff versenden",
            "Einige halten die Nachricht für Werbung und löschen sie.",
          ),
          steps=(
        Step("user2-nord", "",
             files=(
                 ("Betreff_Umlaute.png", "png", "Betreff: Einladung zur MitgliederversammlungÃ¼bersicht"),
             )),
        Step("edv-nord",
             "Nachgestellt: tritt nur bei Versand über Vorlagen auf, nicht bei einzelnen "
             "Nachrichten.", move="handover", hours=2),
        Step("staff",
             "Die Vorlagen wurden in einem veralteten Zeichensatz gespeichert. Wir haben Ihre 43 "
             "Vorlagen umgewandelt, Inhalte blieben dabei unverändert. Bitte prüfen Sie drei davon "
             "durch eine Probesendung an sich selbst.", move="to_user", hours=22),
        Step("user2-nord",
             "Probesendungen mit „Übersicht“, „Gebühren“ und „Größe“ kamen richtig an.",
             move="handover", hours=4),
        Step("staff", "", move="close", hours=3),
    )),
    Story("sued", "edv-sued", "request", "Korrespondenz",
          "Absenderadresse je Fachbereich festlegen", "normal", 66, release=True,
          steps=(
        Step("edv-sued",
             "Derzeit verlassen alle Nachrichten das Haus als info@sued.example. Gewünscht ist je "
             "Fachbereich eine eigene Adresse (pruefung@, beitrag@, bildung@), Antworten sollen dort "
             "auch landen. Welche Einträge sind bei uns im DNS nötig, damit nichts als unerwünscht "
             "eingestuft wird?"),
        Step("staff",
             "Pro Fachbereich legen Sie unter KO0900 ein Absenderprofil an. Im DNS bleibt alles, wie "
             "es ist, solange die Adressen zur selben Domain gehören und Sie weiterhin über Ihren "
             "eigenen Mailserver senden.", hours=27),
        Step("edv-sued",
             "Drei Profile sind angelegt, die Antworten kommen in den richtigen Postfächern an. "
             "Damit ist die Sache für uns abgeschlossen.", move="close", hours=43),
    )),
    Story("nord", "user-nord", "task", "Korrespondenz",
          "Jahresdank an 1.850 Ehrenamtliche vorbereiten", "normal", 53,
          steps=(
        Step("user-nord",
             "Wie jedes Jahr soll der Präsident allen Ehrenamtlichen danken. Bitte richten Sie den "
             "Verteiler „Ehrenamt aktiv“ so ein, dass niemand doppelt vorkommt, der mehrere Ämter "
             "hat. Der Text folgt, sobald er freigegeben ist."),
        Step("edv-nord",
             "Verteiler steht: 1.850 Ämter ergeben 1.412 Personen. Darunter sind 23 ohne gültige "
             "Anschrift, die Aufstellung geht Ihnen mit der Hauspost zu.", hours=29),
        Step("user-nord",
             "Der Text ist freigegeben und liegt als Vorlage „Dank Ehrenamt“ bereit. Bitte noch die "
             "Unterschrift des Präsidenten als Bild einsetzen.",
             hours=390, files=(("Unterschrift_Praesident.png", "png", "Unterschrift (Muster)"),)),
    )),
    Story("sued", "user-sued", "incident", "Korrespondenz",
          "Einladungen zur Vollversammlung gehen an ausgeschiedene Mitglieder", "high", 39,
          answers=(
            "Die Mitglieder der Vollversammlung und die Geschäftsführung",
            "Verteiler VV, unter anderem Herr Aigner und Frau Prechtl",
            "Personen, deren Mandat im Frühjahr endete, stehen im Versandauftrag.",
            "KO0400, Verteiler VV, „elektronisch versenden“",
            "Formfehler bei der Einberufung.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Der Verteiler selbst ist richtig gepflegt, die Auswahl beim Versand berücksichtigt "
             "aber das Enddatum des Mandats nicht.", move="handover", hours=2),
        Step("staff",
             "Wir sehen dasselbe: Die Prüfung auf das Mandatsende fehlt beim elektronischen Versand. "
             "Auf Papier ist sie vorhanden.", hours=20),
        Step("user-sued",
             "Nächste Woche müssen die Einladungen fristgerecht hinaus, die Satzung lässt keinen "
             "Spielraum. Ohne Korrektur laden wir 17 Personen ein, die nicht mehr stimmberechtigt "
             "sind, und machen die Versammlung angreifbar.", move="escalate", hours=215),
        Step("user-sued",
             "Für die Sitzung der Hauptgeschäftsführung: Notfalls versenden wir auf Papier, Kosten "
             "etwa 260 EUR.", audience="organisation", hours=2),
        Step("admin",
             "Bitte bis Freitag lösen, Hauptgeschäftsführer hat mich angerufen.",
             audience="vendor", hours=20),
    )),
    Story("nord", "edv-nord", "request", "Korrespondenz",
          "Zustellnachweis für elektronische Rundschreiben", "normal", 30, release=True,
          steps=(
        Step("edv-nord",
             "Der Justiziar möchte bei Satzungsänderungen belegen können, wer eine Nachricht "
             "erhalten hat. Protokolliert X3 die Annahme durch den empfangenden Server, und wie "
             "lange werden solche Protokolle aufbewahrt?"),
        Step("staff",
             "Protokolliert werden Versandzeit, Antwort des empfangenden Servers und Rückläufer, "
             "aufbewahrt 400 Tage. Ein Nachweis, dass jemand gelesen hat, ist das nicht.\n\n"
             "Reicht Ihrem Justiziar dieses Protokoll als Auszug, oder benötigt er eine Liste je "
             "Mitglied?", move="to_user", hours=21),
        Step("edv-nord",
             "Die Frage liegt beim Justiziar, Rückmeldung nicht vor Ende des Monats. Falls er die "
             "Liste je Mitglied will, müssen wir noch den Betriebsrat beteiligen.",
             audience="organisation", hours=118),
    )),
    Story("nord", "user2-nord", "request", "Korrespondenz",
          "Textbaustein für Kondolenzschreiben ändern", "normal", 20,
          steps=(
        Step("user2-nord",
             "Der Baustein KB-12 klingt sehr förmlich. Wir haben gemeinsam mit der Seelsorge eine "
             "wärmere Fassung geschrieben und möchten sie einsetzen. Uns fehlt in der Bausteinpflege "
             "jedoch die Schaltfläche „Bearbeiten“.",
             files=(("Kondolenz_Neufassung.pdf", "pdf", "Neufassung Baustein KB-12"),)),
        Step("edv-nord",
             "Die Bausteine KB-10 bis KB-19 sind für die Präsidialkanzlei gesperrt. Ich hole dort "
             "die Zustimmung ein und trage Ihre Fassung danach ein.", hours=27),
    )),
    Story("sued", "user-sued", "task", "Korrespondenz",
          "Anschriften der Innungen abgleichen", "normal", 14,
          opened_by="staff",
          steps=(
        Step("staff",
             "Bei der Durchsicht Ihrer Rückläufer ist uns aufgefallen, dass elf Innungen unter zwei "
             "Anschriften geführt werden. Welche Anschrift gilt jeweils? Sobald wir das wissen, "
             "bereinigen wir die Doppelungen beim nächsten Wartungstermin.",
             files=(("Innungen_doppelte_Anschrift.pdf", "pdf", "11 Innungen, je zwei Anschriften"),)),
        Step("user-sued",
             "Sechs habe ich schon geklärt (siehe Haken in der Liste). Die übrigen fünf Obermeister "
             "rufe ich noch an.", hours=71),
    )),
    Story("nord", "user-nord", "incident", "Korrespondenz",
          "Druckvorschau stürzt bei mehr als 500 Briefen ab", "normal", 8,
          answers=(
            "Poststelle, bei größeren Aussendungen",
            "Serienbrief SB-2208 mit 760 Empfängern",
            "Das Fenster wird weiß, nach einigen Minuten schließt sich das Programm.",
            "KO0310 öffnen, mehr als 500 Empfänger, „Vorschau“",
            "Wir teilen die Sendung in Blöcke zu 400 auf, das dauert dreimal so lang.",
          ),
          steps=(
        Step("user-nord", "",
             files=(("Absturz_Druckvorschau.png", "png", "KO0310 reagiert nicht mehr, Speicher 1,9 GB"),)),
        Step("edv-nord",
             "Mit 480 Briefen läuft es noch, mit 520 nicht mehr. Arbeitsspeicher am Terminalserver "
             "ist ausreichend.", move="handover", hours=17),
        Step("staff",
             "Als Zwischenlösung können Sie die Vorschau überspringen: Umschalttaste beim Klick auf "
             "„Drucken“ halten. Die Begrenzung auf 2 GB heben wir mit der neuen Druckkomponente auf, "
             "die gerade erprobt wird.", hours=24),
        Step("staff",
             "Nord wäre ein guter Pilotkunde für die neue Druckkomponente.", audience="vendor", hours=1),
    )),
    Story("nord", "user-nord", "request", "Korrespondenz",
          "Anrede für Personen ohne Geschlechtsangabe", "normal", 0,
          steps=(
        Step("user-nord",
             "Immer mehr Neumitglieder lassen das Feld „Anrede“ leer. Im Serienbrief erscheint dann "
             "„Sehr geehrte/r“. Lässt sich stattdessen „Guten Tag Vorname Nachname“ einstellen, und "
             "zwar nur in diesen Fällen?"),
    )),
)
