"""The demo tickets of the module „Finanzen“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("nord", "edv-nord", "incident", "Finanzen",
          "SEPA-Datei wird von der Bank wegen ungültiger Zeichen abgelehnt", "high", 119, release=True,
          answers=(
            "Buchhaltung, Sammellastschrift über 2.431 Mandate",
            "Datei SL-0093, Satz 2.077",
            "Die Bank weist die ganze Datei mit CH21 zurück.",
            "Lastschriftdatei erzeugen, sobald ein Verwendungszweck Sonderzeichen enthält",
            "Der Einzug von 61.922,00 EUR ist blockiert.",
          ),
          steps=(
        Step("edv-nord", "",
             files=(
                 ("Ablehnung_Bank.pdf", "pdf",
                  "Fehler CH21: unzulässiges Zeichen in Verwendungszweck, Satz 2.077"),
             )),
        Step("staff",
             "Danke für die Rückmeldung der Bank. In Satz 2.077 steht ein geschütztes Leerzeichen, "
             "das vermutlich aus einer kopierten Tabelle stammt. Bitte in FI0720 „Zeichen "
             "bereinigen“ anhaken und die Datei neu erzeugen.", hours=2),
        Step("edv-nord",
             "Datei neu erzeugt und von der Bank angenommen. Wäre es nicht sinnvoll, den Haken immer "
             "zu setzen?", hours=3),
        Step("staff",
             "Das sehen wir auch so, der Haken ist ab der kommenden Version vorbelegt. Bei Ihnen "
             "haben wir ihn schon jetzt als Voreinstellung hinterlegt.", move="close", hours=21),
    )),
    Story("sued", "user-sued", "request", "Finanzen",
          "Kostenstellen der Bildungsstätte nachträglich aufteilen", "normal", 101,
          steps=(
        Step("user-sued",
             "Die Kostenstelle 4400 (Bildungsstätte) soll rückwirkend ab Jahresbeginn in 4410 "
             "Werkstatt, 4420 Internat und 4430 Küche aufgeteilt werden. Es geht um etwa 900 "
             "Buchungen. Gibt es eine Umbuchung, die sich am Text oder am Lieferanten orientiert?"),
        Step("edv-sued", "", move="handover", hours=4),
        Step("staff",
             "Mit „FI0350 Umbuchen nach Regel“ können Sie Lieferant, Sachkonto und Textbestandteil "
             "kombinieren. Wir haben drei Regeln als Beispiel angelegt; die Buchungen bleiben im "
             "Original erhalten und werden storniert und neu gebucht, damit die Prüfspur vollständig "
             "ist.", hours=44),
        Step("user-sued",
             "Von 903 Buchungen konnten 871 nach Regeln verteilt werden, den Rest hat die Kollegin "
             "einzeln zugeordnet. Unser Wirtschaftsprüfer war ausdrücklich zufrieden.",
             move="close", hours=120),
    )),
    Story("nord", "user-nord", "incident", "Finanzen",
          "Offener Posten bleibt trotz vollständiger Zahlung stehen", "normal", 86,
          answers=(
            "Mich und die Kollegin an der Kasse",
            "Personenkonto 106-4471, Rechnung R-55810",
            "Die Zahlung von 145,00 EUR ist gebucht, der Posten gilt aber weiter als offen.",
            "Kontoauszug einlesen, Zahlung zuordnen, OP-Liste ansehen",
            "Das Mitglied bekam zu Unrecht eine Zahlungserinnerung.",
          ),
          steps=(
        Step("user-nord", ""),
        Step("edv-nord",
             "Bitte einen Screenshot des Kontos 106-4471 beilegen, am besten mit eingeblendeter "
             "Spalte „Ausgleich“.", move="to_user", hours=8),
        Step("user-nord", "Anbei der Ausschnitt.",
             move="to_it", hours=17,
             files=(
                 ("OP_Konto_106-4471.png", "png", "Rechnung 145,00 S / Zahlung 145,00 H / Ausgleich leer"),
             )),
        Step("edv-nord",
             "Die Zahlung wurde auf das Vorjahr gebucht, daher findet der automatische Ausgleich sie "
             "nicht. Ich habe beide Posten von Hand ausgeglichen.", move="close", hours=5),
    )),
    Story("nord", "user2-nord", "request", "Finanzen",
          "Frage zur Kassenbuchung vom Sommerfest", "normal", 73,
          steps=(
        Step("user2-nord", "Auf welches Konto buchen wir die Einnahmen aus dem Kuchenverkauf (412,80 EUR)?"),
        Step("edv-nord",
             "Das ist eine Frage an die Buchhaltung, nicht an die Programmbetreuung. Frau Jessen "
             "hilft Ihnen gern weiter, Durchwahl 214.", move="close", hours=3),
        Step("user2-nord", "", move="delete", hours=1),
    )),
    Story("sued", "edv-sued", "task", "Finanzen",
          "Umsatzsteuerschlüssel für die Kantine neu einrichten", "normal", 60, release=True,
          opened_by="staff",
          steps=(
        Step("staff",
             "Wir halten den Auftrag aus dem Jahresgespräch fest: Für die Kantine der Kammer werden "
             "zwei getrennte Steuerschlüssel benötigt (Speisen im Haus, Speisen zum Mitnehmen). "
             "Beginn mit dem neuen Geschäftsjahr."),
        Step("edv-sued",
             "Zur Ergänzung: Unsere Kasse liefert die Umsätze bereits getrennt, Warengruppen 31 und "
             "32. Getränke laufen unter 33 und bleiben, wie sie sind.", hours=45),
        Step("staff",
             "Danke, dann genügen zwei neue Schlüssel und eine Zuordnung der Warengruppen. Wir "
             "schlagen die Nummern 47 und 48 vor, beide sind bei Ihnen frei.", hours=27),
        Step("staff",
             "Vorher Rücksprache mit dem Steuerberater von Süd nötig, der hat bei 48 Bedenken "
             "geäußert (Telefonat von heute).", audience="vendor", hours=96),
        Step("edv-sued",
             "47 und 48 sind in Ordnung, der Steuerberater hat sein Einverständnis geschickt.",
             hours=140,
             files=(
                 ("Bestaetigung_Steuerberater.pdf", "pdf", "Steuerschlüssel 47 und 48: keine Einwände"),
             )),
    )),
    Story("nord", "user-nord", "incident", "Finanzen",
          "Kontoauszug vom Monatsersten wird zweimal eingelesen", "normal", 46,
          answers=(
            "Buchhaltung, zwei Arbeitsplätze",
            "Auszug 112 des Kontos bei der Hafenbank",
            "Jede Zahlung dieses Tages ist doppelt vorhanden.",
            "Vermutlich zwei Personen, die den Abruf gleichzeitig gestartet haben",
            "Guthaben bei 96 Mitgliedern, die es nicht gibt.",
          ),
          steps=(
        Step("user-nord", "",
             files=(("Kontoauszug_doppelt.png", "png", "FI0810: Auszug 112 zweimal, Summe 18.204,77"),)),
        Step("edv-nord",
             "Die doppelte Einlesung lässt sich nicht mehr zurücknehmen, weil schon Zahlungen "
             "zugeordnet sind.", move="handover", hours=2),
        Step("user-nord",
             "Wir können seit zwei Tagen keine Zahlungen buchen, und die Beitragsabteilung mahnt "
             "sonst Leute, die längst bezahlt haben. Bitte sehen Sie sich das heute an.",
             move="escalate", hours=49),
        Step("staff",
             "Verstanden, und bitte entschuldigen Sie die Wartezeit. Wir nehmen die zweite Einlesung "
             "jetzt auf Datenbankebene zurück; Sie können währenddessen weiterarbeiten, nur nicht in "
             "FI0810.", move="calm", hours=3),
        Step("staff",
             "Rücknahme erledigt, Saldo stimmt wieder mit dem Auszug überein. Warum die Sperre gegen "
             "doppeltes Einlesen nicht gegriffen hat, prüfen wir noch.", hours=2),
        Step("user-nord", "Wir buchen wieder. Den Hinweis zur Ursache warten wir gern ab.", hours=18),
    )),
    Story("sued", "user-sued", "request", "Finanzen",
          "Rechnungen elektronisch an Behörden senden", "normal", 34,
          steps=(
        Step("user-sued",
             "Zwei Landratsämter nehmen Rechnungen nur noch als strukturierte elektronische Rechnung "
             "an. Unsere erste (R-81207 über 3.150,00 EUR) kam deswegen zurück. Was müssen wir "
             "einstellen?",
             files=(("Rueckweisung_Landratsamt.pdf", "pdf", "Rechnung R-81207: Leitweg-ID fehlt"),)),
        Step("edv-sued",
             "Das Zusatzpaket ist lizenziert, aber nie eingerichtet worden.", move="handover", hours=5),
        Step("staff",
             "Das Paket haben wir in Ihrem System aktiviert. Pro Debitor wird die Leitweg-ID "
             "benötigt, sie steht auf der Bestellung der Behörde. Können Sie uns die beiden Nummern "
             "nennen, damit wir mit Ihnen gemeinsam eine Proberechnung senden?", move="to_user", hours=25),
    )),
    Story("nord", "edv-nord", "task", "Finanzen",
          "Zahlungsbedingung „30 Tage netto“ als Voreinstellung", "normal", 26, release=True,
          steps=(
        Step("edv-nord",
             "Für neue Debitoren soll künftig ZB 30 statt ZB 14 vorbelegt sein. Bestehende bleiben "
             "unverändert."),
        Step("staff",
             "Voreinstellung geändert. Getestet mit Debitor 990001, den wir anschließend wieder "
             "entfernt haben.", hours=24),
        Step("edv-nord", "", move="close", hours=2),
    )),
    Story("nord", "user2-nord", "incident", "Finanzen",
          "Barkasse Geschäftsstelle Flensburg weist Differenz von 0,05 EUR aus", "normal", 19,
          answers=(
            "Kasse 3 in Flensburg",
            "Kassenblatt 118",
            "Soll 841,20 EUR, Ist 841,25 EUR, Abschluss wird verweigert.",
            "Tagesabschluss in FI0900 durchführen",
            "Kein Abschluss, deshalb auch kein Kassenbericht an den Schatzmeister.",
          ),
          steps=(
        Step("user2-nord", ""),
        Step("edv-nord",
             "Das sieht nach den Rundungen bei den Kopierkosten aus. Haben Sie zwischen dem 3. und "
             "dem 5. Beträge mit halben Cent erfasst, etwa 12 Kopien zu 0,125 EUR? Wenn ja, nennen "
             "Sie mir bitte die Belege.", move="to_user", hours=23),
        Step("user2-nord",
             "Ich bin diese Woche in Heide und sehe die Belege am Montag durch.",
             audience="organisation", hours=48),
    )),
    Story("sued", "user-sued", "incident", "Finanzen",
          "Mahnlauf 77 erzeugt leere Schreiben", "high", 13,
          answers=(
            "Vollstreckungsstelle",
            "Mahnlauf 77, Stufe 2, 288 Betriebe",
            "Die Schreiben haben Kopf und Fuß, aber keine Forderungen und als Summe 0,00 EUR.",
            "FI0500, Mahnlauf drucken; einzeln gedruckte Mahnungen sind vollständig",
            "Keine Mahnung kann zugestellt werden.",
          ),
          steps=(
        Step("user-sued", "",
             files=(("Mahnung_leer.pdf", "pdf", "Mahnschreiben ohne Positionen, Summe 0,00"),)),
        Step("edv-sued",
             "Der Probelauf auf dem Testsystem ist sauber. Ich lasse mir vom Server das "
             "Druckprotokoll geben.", hours=5),
        Step("user-sued",
             "Die Vollstreckung wartet auf 288 Mahnungen. Wenn der Lauf diese Woche nicht fertig "
             "wird, verjähren die ersten Forderungen. Ich bitte um Vorrang.", move="escalate", hours=92),
        Step("edv-sued",
             "Verstanden. Ich habe den Mahnlauf abgebrochen und die Sperre gelöst. Sobald die "
             "Druckwarteschlange geleert ist, starte ich ihn unter meiner Kennung neu und berichte "
             "hier.", hours=3),
        Step("edv-sued",
             "Falls der Neustart nicht hilft, übergeben wir morgen früh an den Hersteller. Bitte bis "
             "dahin niemand am Druckserver arbeiten.", audience="organisation", hours=1),
    )),
    Story("nord", "user-nord", "request", "Finanzen",
          "Welche Belege müssen für die Kassenprüfung ausgedruckt werden?", "normal", 7,
          steps=(
        Step("user-nord",
             "Unsere Kassenprüfer kommen in vierzehn Tagen. Früher haben wir sämtliche Belege "
             "ausgedruckt, das waren sechs Ordner. Reicht inzwischen ein Lesezugang, und wenn ja, "
             "wie lege ich ihn so an, dass nur das geprüfte Jahr sichtbar ist?"),
        Step("edv-nord",
             "Ein zeitlich begrenzter Lesezugang ist bei uns noch nie eingerichtet worden. Ich kläre "
             "zuerst mit dem Datenschutz, was die Prüfer sehen dürfen.", audience="organisation", hours=26),
    )),
    Story("sued", "edv-sued", "incident", "Finanzen",
          "Bankabruf scheitert seit der Umstellung auf das neue Zertifikat", "high", 2, release=True,
          answers=(
            "Zahlungsverkehr der gesamten Kammer",
            "Alle vier Konten, Teilnehmer KS004",
            "Abruf endet mit „091010: ungültige Signatur“.",
            "Automatischer Abruf um 06:30 Uhr, ebenso von Hand",
            "Keine Kontoauszüge, damit kein Zahlungsabgleich vor dem Mahnlauf.",
          ),
          steps=(
        Step("edv-sued", "",
             files=(("Protokoll_Bankabruf.pdf", "pdf", "EBICS-Fehler 091010 bei Auftragsart C53"),)),
        Step("staff",
             "Vorgang angenommen. Bitte senden Sie uns das Datum des letzten erfolgreichen Abrufs "
             "und die Teilnehmerkennung ohne Passwort.", hours=1),
        Step("edv-sued", "Letzter Abruf: vorgestern, 06:30 Uhr. Teilnehmer KS004.", hours=1),
        Step("staff",
             "Die Bank hat den öffentlichen Schlüssel gewechselt. Wir bereiten den Austausch vor und "
             "rufen Sie vor dem Einspielen an.", hours=4),
    )),
)
