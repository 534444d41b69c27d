"""The demo tickets of the module „Dokumente“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("sued", "edv-sued", "task", "Dokumente",
          "Archiv auf den neuen Speicher umziehen", "normal", 110, release=True,
          steps=(
        Step("edv-sued",
             "Der bisherige Archivspeicher wird abgeschaltet. Es handelt sich um rund 640.000 "
             "Dokumente (1,3 TB). Wir möchten den Umzug an einem Wochenende durchführen und "
             "benötigen von Ihnen die Reihenfolge der Schritte sowie eine Person in Bereitschaft."),
        Step("staff",
             "Ablaufplan siehe Anhang. In Bereitschaft wären wir am Samstag von 7 bis 15 Uhr.",
             hours=48,
             files=(
                 ("Ablaufplan_Archivumzug.pdf", "pdf", "12 Schritte, Abbruchpunkt nach Schritt 7"),
             )),
        Step("admin",
             "Bereitschaft übernehme ich selbst, bitte im Dienstplan eintragen.",
             audience="vendor", hours=3),
        Step("edv-sued", "Einverstanden, wir nehmen das dritte Wochenende.", hours=26),
        Step("staff",
             "Nach unserer Kontrolle sind 640.218 Dokumente umgezogen, Prüfsummen gleich, keine "
             "Fehler. Der alte Speicher kann nach Ihrer Sichtprüfung stillgelegt werden.", hours=390),
        Step("edv-sued",
             "Sichtprüfung ohne Befund. Vielen Dank für den ruhigen Samstag.", move="close", hours=70),
    )),
    Story("nord", "user-nord", "incident", "Dokumente",
          "Eingescannte Aufnahmeanträge stehen auf dem Kopf", "normal", 92,
          answers=(
            "Mitgliederaufnahme",
            "Anträge ab Nr. 4460",
            "Die Bilder sind um 180 Grad gedreht, die Texterkennung findet nichts.",
            "Antrag am großen Scanner einlesen, Profil „Aufnahme“",
            "Jede Seite muss von Hand gedreht werden.",
          ),
          steps=(
        Step("user-nord", "",
             files=(("Aufnahmeantrag_gedreht.jpg", "jpg", "Antrag Nr. 4471, Seite um 180 Grad gedreht"),)),
        Step("edv-nord",
             "Der Scanner im zweiten Stock zieht seit dem Austausch der Rollen von der anderen Seite "
             "ein. Ich habe das Scanprofil „Aufnahme“ um 180 Grad gedreht. Bereits archivierte "
             "Anträge drehe ich heute Abend gesammelt.", hours=1),
        Step("edv-nord", "412 Seiten gedreht und neu abgelegt.", hours=24),
        Step("user-nord", "Sieht gut aus, auch am zweiten Bildschirm.", move="close", hours=2),
    )),
    Story("nord", "user2-nord", "request", "Dokumente",
          "Aufbewahrungsfristen für Aufnahmeanträge", "normal", 75,
          steps=(
        Step("user2-nord",
             "Nach welcher Frist dürfen Aufnahmeanträge ausgetretener Mitglieder gelöscht werden, "
             "und kann X3 uns eine Liste der fälligen Dokumente geben? Unsere Datenschutzbeauftragte "
             "hat das angemahnt."),
        Step("edv-nord",
             "Bitte an UNIPLUS: Gibt es eine Fristenverwaltung im Modul Dokumente?",
             move="handover", hours=22),
        Step("staff",
             "Ja, je Dokumentart kann eine Frist hinterlegt werden, gerechnet ab Austritt oder ab "
             "Jahresende. Zur Dauer selbst dürfen wir nicht beraten; viele Verbände orientieren sich "
             "an den steuerlichen Fristen. Die fälligen Dokumente zeigt DO0700, gelöscht wird nur "
             "nach Freigabe durch zwei Personen.", hours=29),
        Step("user2-nord",
             "Die Datenschutzbeauftragte hat Fristen für sechs Dokumentarten festgelegt, sie sind "
             "eingetragen. DO0700 zeigt 2.304 fällige Anträge, die wir nach und nach freigeben.",
             move="close", hours=96),
    )),
    Story("sued", "user-sued", "request", "Dokumente",
          "Lehrverträge mit mehreren Seiten zusammenführen", "normal", 58,
          steps=(
        Step("user-sued",
             "Unsere Ausbildungsbetriebe laden Lehrverträge oft seitenweise hoch, also vier einzelne "
             "Dateien. Wir müssten sie zu einem Dokument verbinden, bevor die Sachbearbeitung sie "
             "eintragen kann."),
        Step("edv-sued",
             "Beim Anbieter angefragt, ob es dazu etwas Eingebautes gibt.", move="handover", hours=50),
        Step("staff",
             "In der Dokumentenliste mehrere Zeilen markieren, dann „Zusammenführen“. Die "
             "Reihenfolge lässt sich ziehen. Voraussetzung sind PDF-Dateien. In welchem Format laden "
             "Ihre Betriebe denn hoch?", move="to_user", hours=22),
    )),
    Story("nord", "edv-nord", "incident", "Dokumente",
          "Dokumente lassen sich nach Serverneustart nicht öffnen", "high", 47, release=True,
          answers=(
            "Alle Arbeitsplätze des Verbands",
            "Sämtliche Dokumente",
            "Beim Öffnen erscheint DO-1104, die Vorschau bleibt leer.",
            "Beliebiges Dokument doppelt anklicken, seit dem Neustart um 6 Uhr",
            "Keine Sachbearbeitung möglich.",
          ),
          steps=(
        Step("edv-nord", "",
             files=(("Meldung_Dokumentdienst.png", "png", "DO-1104: Dokumentdienst nicht erreichbar"),)),
        Step("edv-nord",
             "Seit heute früh steht die gesamte Sachbearbeitung still, rund 35 Personen. "
             "Dienstneustart und Serverneustart haben nichts gebracht. Wir brauchen bitte sofort "
             "jemanden am Telefon.", move="escalate", hours=2),
        Step("admin",
             "Wir rufen Sie in den nächsten fünf Minuten an und schalten uns auf. Bis dahin bitte "
             "nichts weiter neu starten.", move="calm", hours=0.5),
        Step("staff",
             "Dienstkonto svc-doku war abgelaufen. Gehört auf die Prüfliste für Wartungen.",
             audience="vendor", hours=1),
        Step("staff",
             "Ursache war das abgelaufene Kennwort des Dienstkontos. Es ist erneuert, der Dienst "
             "läuft. Wir empfehlen, für dieses Konto den Ablauf abzuschalten oder eine Erinnerung "
             "einzurichten.", hours=1),
        Step("edv-nord",
             "Erinnerung ist eingerichtet, zusätzlich überwacht unser Leitstand den Dienst. Für die "
             "schnelle Hilfe bedanken wir uns ausdrücklich.", move="close", hours=22),
    )),
    Story("nord", "user-nord", "request", "Dokumente",
          "Schlagwörter für Vorstandsprotokolle vereinheitlichen", "normal", 37,
          steps=(
        Step("user-nord",
             "In den letzten Jahren sind 340 verschiedene Schlagwörter entstanden, von „Haushalt“ "
             "über „HH“ bis „Haushaltsplan“. Wir haben eine Liste mit 45 gültigen Begriffen "
             "erarbeitet. Können die alten darauf abgebildet werden, ohne jedes Protokoll einzeln "
             "anzufassen?",
             files=(("Schlagwortliste.pdf", "pdf", "45 gültige Schlagwörter mit Zuordnung"),)),
        Step("edv-nord",
             "Das ginge über eine Ersetzungstabelle. Für 12 Begriffe fehlt in Ihrer Liste die "
             "Zuordnung, zum Beispiel „Sonstiges“. Bitte ergänzen.", move="to_user", hours=47),
        Step("user-nord", "Ergänzt, „Sonstiges“ lassen wir entfallen.", move="to_it", hours=120),
        Step("user-nord",
             "Für unsere interne Planung: Der Vorstand möchte das Ergebnis in der übernächsten "
             "Sitzung sehen.", audience="organisation", hours=3),
    )),
    Story("sued", "user-sued", "incident", "Dokumente",
          "Texterkennung findet in Frakturdokumenten nichts", "normal", 28,
          answers=(
            "Das Kammerarchiv",
            "Innungsbücher 1898 bis 1934, Signatur KA-11 bis KA-29",
            "Die Volltextsuche liefert keine Treffer, obwohl die Scans scharf sind.",
            "Im Archiv nach „Zunftlade“ suchen",
            "Für die Jubiläumsschrift müssen wir 19 Bände von Hand durchsehen.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Fraktur ist in unserer Lizenz nicht enthalten, soweit ich sehe. Bitte prüfen Sie, ob "
             "ein Zusatz erhältlich ist.", move="handover", hours=25),
        Step("staff",
             "Ein Sprachpaket für gebrochene Schriften gibt es. Wir haben vier Ihrer Innungsbücher "
             "probeweise durchlaufen lassen und erreichen etwa 91 Prozent richtig erkannte Wörter. "
             "Ein Angebot bereitet der Vertrieb vor.", hours=51),
        Step("staff", "Vertrieb informiert, Angebot Nr. 2-6604 in Vorbereitung.",
             audience="vendor", hours=0.5),
    )),
    Story("nord", "user2-nord", "task", "Dokumente",
          "Ablagestruktur für die neue Ortsgruppe Büsum einrichten", "normal", 22,
          steps=(
        Step("user2-nord",
             "Die Ortsgruppe 0431 (Büsum) wurde gegründet. Bitte legen Sie den Ordnerbaum nach dem "
             "Muster der Ortsgruppe 0430 an und geben Sie Frau Detlefsen Leserechte."),
        Step("edv-nord",
             "Ordner angelegt, Leserecht vergeben. Frau Detlefsen sieht ausschließlich 0431.", hours=25),
        Step("user2-nord", "Passt genau, besten Dank.", move="close", hours=23),
    )),
    Story("sued", "edv-sued", "request", "Dokumente",
          "Schnittstelle zum Landesarchiv: Format der Ablieferung", "normal", 16, release=True,
          steps=(
        Step("edv-sued",
             "Das Landesarchiv verlangt künftig Ablieferungen als PDF/A-3 mit beigelegter "
             "Beschreibungsdatei. Welche Fassung erzeugt Ihre Ausgabe derzeit? Bitte auch angeben, "
             "ob digitale Signaturen erhalten bleiben."),
        Step("staff",
             "Aktuell erzeugen wir PDF/A-2b, Signaturen bleiben bestehen. Ob ein Wechsel auf A-3 "
             "ohne neue Druckkomponente geht, prüft die Entwicklung bis Ende nächster Woche.", hours=29),
        Step("edv-sued", "Das genügt uns zeitlich, die erste Ablieferung ist erst im Folgejahr.", hours=24),
    )),
    Story("nord", "user-nord", "incident", "Dokumente",
          "Anhang aus E-Mail landet beim falschen Mitglied", "normal", 10,
          answers=(
            "Posteingang, bisher zwei Fälle",
            "Mitglieder 102200 und 112200, beide Hansen",
            "Das ärztliche Attest der Tochter hängt am Datensatz der Mutter.",
            "E-Mail mit Anhang aus dem Posteingang per Vorschlag zuordnen",
            "Fremde Unterlagen sind für andere Sachbearbeiter sichtbar.",
          ),
          steps=(
        Step("user-nord", "",
             files=(
                 ("Zuordnung_E-Mail.png", "png", "Eingang hansen@..., zugeordnet zu 102200 statt 112200"),
             )),
        Step("edv-nord",
             "Ich schaue mir die Zuordnungsregel an. Es gibt drei Mitglieder mit derselben "
             "Absenderadresse, weil die Familie ein gemeinsames Postfach benutzt.", hours=23),
        Step("edv-nord",
             "Datenschutzvorfall? Mit der Beauftragten abstimmen, bevor wir nach außen antworten.",
             audience="organisation", hours=1),
    )),
    Story("sued", "user-sued", "incident", "Dokumente",
          "Lehrvertrag lässt sich nicht unterschrieben hochladen", "normal", 3,
          answers=(
            "Ausbildungsbetrieb Kfz-Werkstatt Gruber und vermutlich weitere",
            "Lehrvertrag LV-9034",
            "„Datei konnte nicht gelesen werden“, obwohl sie sich am Rechner öffnen lässt.",
            "Im Betriebsportal unterschriebenen Vertrag hochladen",
            "Der Lehrling kann nicht eingetragen werden, Beginn ist am Ersten.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Können Sie mir die Größe der Datei nennen und ob sie mit einem Kennwort versehen ist? "
             "Geschützte Dateien weist der Virenschutz ab.", move="to_user", hours=6),
    )),
)
