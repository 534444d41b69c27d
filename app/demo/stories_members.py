"""The demo tickets of the module „Mitglieder“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("nord", "user-nord", "request", "Mitglieder",
          "Ortsgruppen Husum-Stadt und Husum-Umland zusammenlegen", "normal", 118,
          steps=(
        Step("user-nord",
             "Guten Tag,\n\n"
             "unser Vorstand hat beschlossen, die Ortsgruppen 0412 (Husum-Stadt) und 0413 "
             "(Husum-Umland) zum Jahreswechsel zu vereinen. Betroffen sind 318 Mitglieder, davon 41 "
             "mit einem Ehrenamt in der Ortsgruppe.\n\n"
             "Gibt es dafür eine Funktion, oder müssen wir jedes Mitglied einzeln umhängen? Wichtig "
             "ist uns, dass die alte Zugehörigkeit in der Historie sichtbar bleibt.",
             files=(
                 ("Vorstandsbeschluss_Husum.pdf", "pdf",
                  "Auszug aus dem Protokoll: Zusammenlegung der Ortsgruppen 0412 und 0413"),
             )),
        Step("edv-nord",
             "Die Sammeländerung kennen wir nur für Adressen. Ich gebe die Frage deshalb weiter.",
             move="handover", hours=5),
        Step("staff",
             "Guten Morgen, dafür gibt es unter „Mitglieder > Pflege > Gliederung übertragen“ einen "
             "Assistenten. Er schreibt für jedes Mitglied einen Historieneintrag mit Stichtag. "
             "Ehrenämter werden nicht mitgenommen, weil sie meist neu gewählt werden. Möchten Sie "
             "das so, oder sollen die 41 Ämter ebenfalls wandern?", move="to_user", hours=22),
        Step("user-nord",
             "Die Ämter sollen enden, am Stichtag wird ohnehin neu gewählt. Den Assistenten habe ich "
             "gefunden, er ist für mich aber ausgegraut.", move="handover", hours=30),
        Step("staff",
             "Ihnen fehlte das Recht „Gliederung pflegen“. Ihre EDV kann es in der "
             "Benutzerverwaltung vergeben, die Bezeichnung dort lautet MG-17.", hours=6),
        Step("edv-nord", "MG-17 ist gesetzt, bitte einmal ab- und wieder anmelden.", hours=3),
        Step("user-nord",
             "Jetzt klappt es. Probelauf mit drei Mitgliedern war sauber, den Rest übertragen wir "
             "zum Jahreswechsel. Herzlichen Dank an alle Beteiligten!", move="close", hours=20),
    )),
    Story("nord", "user2-nord", "incident", "Mitglieder",
          "Dublettenprüfung schlägt bei Vater und Sohn mit gleichem Namen an", "normal", 104,
          answers=(
            "Alle Kolleginnen in der Mitgliederaufnahme, drei Arbeitsplätze",
            "Mitglieder 100871 und 113954 (beide Jörn Petersen, Vater und Sohn)",
            "Beim Speichern erscheint „Möglicher doppelter Datensatz“, und die Schaltfläche "
            "„Trotzdem anlegen“ bleibt grau.",
            "Neues Mitglied mit gleichem Vor- und Nachnamen an derselben Anschrift erfassen, auch "
            "wenn das Geburtsdatum 31 Jahre auseinanderliegt.",
            "Wir können Familienangehörige nicht aufnehmen und führen derzeit eine Liste auf "
            "Papier.",
          ),
          steps=(
        Step("user2-nord", ""),
        Step("edv-nord",
             "Das kann ich nachstellen, es liegt wohl an der Gewichtung des Geburtsdatums.",
             move="handover", hours=4),
        Step("staff",
             "Die Gewichtung stand bei Ihnen noch auf dem Stand vor dem Versionswechsel: Name 80, "
             "Geburtsdatum 5. Wir haben sie auf 60 zu 30 geändert. Die beiden Herren Petersen gelten "
             "damit nicht mehr als Dublette.", move="close", hours=26),
        Step("user2-nord",
             "Leider ist heute der nächste Fall aufgetaucht: 108822 und 114310, Großmutter und "
             "Enkelin, wieder als identisch angezeigt.", move="reopen", hours=49),
        Step("staff",
             "Bei 114310 ist gar kein Geburtsdatum erfasst, deshalb zählt nur der Name. Bitte tragen "
             "Sie es nach. Zusätzlich prüft das Programm ab Version 9.4 auch die E-Mail-Adresse.", hours=7),
        Step("user2-nord", "Nachgetragen, Meldung ist weg.", move="close", hours=2),
    )),
    Story("sued", "user-sued", "request", "Mitglieder",
          "Betriebsstätten eines Mitglieds getrennt anschreiben", "normal", 88,
          steps=(
        Step("user-sued",
             "Die Bäckerei Obermoser (Betriebsnummer 70-2281) hat inzwischen vier Filialen. "
             "Rundschreiben sollen an die Filialleitungen gehen, Bescheide weiterhin nur an den "
             "Hauptsitz in Kempten. Im Reiter „Anschriften“ kann ich zwar mehrere Adressen anlegen, "
             "aber offenbar nicht festlegen, welche wofür gilt. Wie lösen das andere Kammern?"),
        Step("edv-sued",
             "Ich kenne nur den Haken „Postanschrift“, und der gilt für alles. Bitte einmal fachlich "
             "beantworten.", move="handover", hours=26),
        Step("staff",
             "Grüß Gott, das lässt sich mit Verwendungszwecken abbilden: Reiter „Anschriften“, "
             "rechte Maustaste auf die Adresse, „Verwendung“. Für Bescheide wählen Sie "
             "„Veranlagung“, für Rundschreiben „Information“. Eine kurze Anleitung mit Bildern liegt "
             "bei.",
             hours=19,
             files=(
                 ("Anleitung_Verwendungszwecke.pdf", "pdf",
                  "Anschriften: Verwendung festlegen in drei Schritten"),
             )),
        Step("user-sued",
             "Wunderbar, genau das haben wir gesucht. Für die vier Filialen ist es eingerichtet.",
             move="close", hours=28),
    )),
    Story("nord", "edv-nord", "task", "Mitglieder",
          "Feld „Ehrenamt seit“ in die Mitgliedermaske aufnehmen", "normal", 71, release=True,
          steps=(
        Step("edv-nord",
             "Bitte nehmen Sie in der Maske MG0100, Reiter „Funktionen“, ein Datumsfeld „Ehrenamt "
             "seit“ auf. Es soll auch im Serienbrief als Platzhalter zur Verfügung stehen. Anlass "
             "sind die Ehrungen im Frühjahr, bei denen wir Jubiläen ab 10 Jahren auswerten wollen."),
        Step("staff",
             "Aufgenommen und eingeplant für das Update 9.4.2. Der Platzhalter wird EHRENAMT_SEIT "
             "heißen.", hours=20),
        Step("staff",
             "Achtung beim Einspielen: Nord hat eine angepasste MG0100, Kundenlayout 14 vorher "
             "sichern.", audience="vendor", hours=3),
        Step("staff", "Update 9.4.2 liegt auf Ihrem Testsystem bereit.", hours=310),
        Step("edv-nord",
             "Im Test geprüft: Feld, Suche und Platzhalter funktionieren. Produktivsystem ziehen wir "
             "am Donnerstagabend nach.", move="close", hours=45),
    )),
    Story("sued", "edv-sued", "task", "Mitglieder",
          "Mitgliedsnummern auf sieben Stellen umstellen", "normal", 55, release=True,
          steps=(
        Step("edv-sued",
             "Unser Nummernkreis 1 reicht rechnerisch noch bis etwa Mitte nächsten Jahres (höchste "
             "vergebene Nummer 98.417). Wir möchten daher die Mitgliedsnummer auf sieben Stellen "
             "erweitern.\n\n"
             "Bitte teilen Sie uns mit, welche Schnittstellen betroffen sind. Von unserer Seite sind "
             "es mindestens: Ausgabe für das Steuerbüro, Meldung an den Dachverband, Ausweisdruck "
             "(Barcode) und das Archiv.\n\n"
             "Wir hätten gern ein gemeinsames Testfenster von zwei Wochen.",
             files=(
                 ("Schnittstellen_Uebersicht.pdf", "pdf", "Kammer Süd: 11 Schnittstellen mit Feldlängen"),
             )),
        Step("staff",
             "Vielen Dank für die Übersicht. Aus unserer Sicht sind sieben der elf Schnittstellen "
             "unkritisch. Offen sind Barcode, Archiv, die Dachverbandsmeldung und der Bankabruf. Wir "
             "melden uns mit einem Vorschlag für das Testfenster.", hours=24),
        Step("admin",
             "Aufwand liegt bei rund 6 Tagen, davon 4 in der Entwicklung. Bitte mit dem Vertrieb "
             "klären, ob das unter den Pflegevertrag fällt.", audience="vendor", hours=50),
        Step("staff",
             "Vorschlag für das Testfenster: die beiden ersten vollen Wochen im übernächsten Monat. "
             "Passt das zu Ihrem Prüfungsgeschäft?", move="to_user", hours=120),
        Step("edv-sued",
             "Die erste Woche passt, in der zweiten laufen bei uns die mündlichen Prüfungen. Könnten "
             "wir eine Woche früher beginnen?", move="handover", hours=70),
    )),
    Story("nord", "user-nord", "request", "Mitglieder",
          "Austritt wegen Umzugs: welches Kündigungsdatum eintragen?", "normal", 43,
          steps=(
        Step("user-nord",
             "Ein Mitglied (112046, Frau Ahlers) zieht zum Monatsende nach Bayern und hat heute "
             "gekündigt. Laut Satzung § 6 endet die Mitgliedschaft bei Wegzug sofort, X3 schlägt "
             "aber das Quartalsende vor und lässt mich das Datum nicht überschreiben."),
        Step("edv-nord",
             "Haben Sie als Austrittsgrund „Kündigung“ oder „Wegzug“ gewählt? Nur beim zweiten ist "
             "die Frist auf null gesetzt. Bitte prüfen Sie das in der Maske und sagen mir kurz, was "
             "dort steht.", move="to_user", hours=3),
    )),
    Story("nord", "user2-nord", "incident", "Mitglieder",
          "Adressänderung springt nach dem Speichern auf den alten Stand zurück", "high", 29,
          answers=(
            "Die gesamte Adresspflege, bisher 5 bestätigte Fälle",
            "Mitglieder 101377, 104092, 109518, 110006 und 115271",
            "Die neue Anschrift wird angenommen, am nächsten Morgen steht wieder die alte im "
            "Datensatz. Im Änderungsprotokoll taucht als Bearbeiter „SYSTEM“ auf.",
            "Anschrift in MG0110 ändern, speichern, einen Tag warten.",
            "Post geht an falsche Adressen, unter anderem Mitgliedsausweise und Einladungen zur "
            "Jahreshauptversammlung.",
          ),
          steps=(
        Step("user2-nord", "",
             files=(
                 ("Bildschirmfoto_Adresse_nach_Speichern.png", "png",
                  "MG0110 Anschrift: Alte Straße 4, Änderung verworfen"),
             )),
        Step("edv-nord",
             "Zwei Arbeitsplätze geprüft, Fehler tritt an beiden auf. Datenbank und Netz sind "
             "unauffällig. Das muss zum Hersteller.", move="handover", hours=2),
        Step("staff",
             "Wir sehen uns das an. Können Sie uns sagen, ob die Anschriften aus der "
             "Online-Selbstpflege stammen?", hours=5),
        Step("user2-nord",
             "Ja, alle fünf Mitglieder hatten ihre Anschrift in der letzten Woche selbst im "
             "Mitgliederbereich geändert.", hours=3),
        Step("staff",
             "Danke, das war der entscheidende Hinweis. Der Abgleich mit dem Mitgliederbereich "
             "schreibt nachts die Anschrift zurück, solange die Selbstpflege noch nicht bestätigt "
             "ist. Eine Korrektur ist in Arbeit.", hours=44),
        Step("user2-nord",
             "Seit der letzten Nachricht sind acht Tage vergangen, und inzwischen sind 37 "
             "Mitgliedsausweise an falsche Adressen gegangen. Die Rückläufer kosten uns Porto und "
             "Ansehen. Wir bitten dringend um einen Termin für die Korrektur.", move="escalate", hours=190),
        Step("edv-nord",
             "Bitte bis zur Klärung keine Ausweise mehr drucken, ich habe den Auftrag AW-Druck für "
             "alle gesperrt.", audience="organisation", hours=1),
        Step("staff",
             "Ticket 9.4-2217 in der Entwicklung, Ursache bestätigt. Hotfix hängt am Test der "
             "Selbstpflege.", audience="vendor", hours=4),
    )),
    Story("sued", "user-sued", "incident", "Mitglieder",
          "Geburtstagsliste enthält verstorbene Mitglieder", "normal", 21,
          answers=(
            "Das Sekretariat der Präsidentin, das die Glückwünsche verschickt",
            "70-1190 und 70-0457, beide mit Sterbedatum erfasst",
            "In der Liste „Runde Geburtstage“ stehen Personen, die bereits verstorben sind.",
            "Auswertung GEB-02 für den kommenden Monat aufrufen",
            "Beinahe wäre eine Glückwunschkarte an eine Witwe gegangen. Das darf nicht geschehen.",
          ),
          steps=(
        Step("user-sued", ""),
        Step("edv-sued",
             "Die Liste GEB-02 ist eine Eigenentwicklung von uns, der Filter auf den Status fehlt "
             "tatsächlich. Ich habe ihn ergänzt. Bitte rufen Sie die Liste neu auf und prüfen Sie "
             "die Namen für nächste Woche.", hours=1),
        Step("user-sued",
             "Die Liste ist jetzt richtig, beide Personen erscheinen nicht mehr. Danke für die "
             "schnelle Hilfe.", move="close", hours=4),
    )),
    Story("nord", "user-nord", "request", "Mitglieder",
          "Familienmitgliedschaft nach Trennung auf zwei Haushalte aufteilen", "normal", 12,
          steps=(
        Step("user-nord",
             "Familie Carstens (Familiennummer F-2093) hat sich getrennt. Die beiden Kinder sollen "
             "beim Vater geführt werden, die Mutter möchte Einzelmitglied bleiben. Wie trennt man "
             "die Verknüpfung, ohne dass die Eintrittsjahre verloren gehen?\n\n"
             "Beide legen Wert darauf, dass die neue Anschrift des jeweils anderen nicht auf "
             "Schreiben erscheint."),
        Step("edv-nord",
             "Das Trennen selbst geht über „Beziehungen > Familie auflösen“. Beim Beitrag bin ich "
             "unsicher, weil im laufenden Jahr schon der Familienbeitrag gebucht ist.",
             move="handover", hours=7),
        Step("staff",
             "Richtig, die Auflösung wirkt beim Beitrag erst im Folgejahr, die Eintrittsjahre "
             "bleiben in jedem Fall erhalten. Für eine Auflösung im laufenden Jahr bräuchten wir von "
             "Ihnen die Entscheidung, ob der bereits gezahlte Familienbeitrag von 96,00 EUR anteilig "
             "erstattet werden soll.", move="to_user", hours=21),
    )),
    Story("sued", "user-sued", "task", "Mitglieder",
          "34 Löschungen aus der Handwerksrolle einspielen", "normal", 6,
          steps=(
        Step("user-sued",
             "Von der Aufsicht haben wir eine Datei mit 34 Löschungen erhalten. Bitte spielen Sie "
             "diese ein, händisch wäre es gut ein Arbeitstag. Die Datei liegt im Laufwerk unter "
             "Registratur/Eingang, die Aufstellung füge ich als PDF bei.",
             files=(("Loeschliste_Handwerksrolle.pdf", "pdf", "34 Betriebe, Löschdatum und Grund"),)),
        Step("edv-sued",
             "Ich habe mir die Aufstellung angesehen. Bei drei Betrieben (Nr. 8, 19 und 27) ist noch "
             "ein Lehrling eingetragen. Bevor ich die Datei einspiele, muss die Ausbildungsberatung "
             "zustimmen, ich habe dort angefragt.", audience="organisation", hours=25),
    )),
    Story("nord", "user2-nord", "request", "Mitglieder",
          "Historie der Funktionsträger einer Ortsgruppe einsehen", "normal", 1,
          steps=(
        Step("user2-nord",
             "Für die Festschrift „75 Jahre Ortsgruppe Heide“ suche ich alle Vorsitzenden seit der "
             "Gründung. In der Maske sehe ich immer nur die aktuelle Person. Wo finde ich die "
             "früheren?"),
    )),
    Story("nord", "user-nord", "incident", "Mitglieder",
          "Neuaufnahme Frau Lorenzen erscheint nicht in der Suche", "normal", 38,
          answers=(
            "Nur mich, soweit ich weiß",
            "117702",
            "Das Mitglied lässt sich über die Nummer öffnen, in der Namenssuche kommt es nicht "
            "vor.",
            "Nachname „Lorenzen“ in die Schnellsuche eingeben",
            "Gering, ich kann mit der Nummer arbeiten.",
          ),
          steps=(
        Step("user-nord", ""),
        Step("user-nord",
             "Hat sich erledigt: Ich hatte noch den Filter „nur Ortsgruppe Niebüll“ gesetzt. Bitte "
             "entschuldigen Sie die Störung, das Ticket kann weg.", hours=1),
        Step("user-nord", "", move="delete", hours=0.5),
    )),
)
