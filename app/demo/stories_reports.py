"""The demo tickets of the module „Auswertungen“."""

from app.demo.story import Step, Story

# One step below the other reads like the conversation it is.
# fmt: off
STORIES: tuple[Story, ...] = (
    Story("nord", "user2-nord", "request", "Auswertungen",
          "Mitgliederstatistik nach Altersgruppen für den Dachverband", "normal", 108,
          steps=(
        Step("user2-nord",
             "Der Dachverband hat die Altersgruppen geändert: bis 6, 7 bis 14, 15 bis 18, 19 bis 26, "
             "27 bis 40, 41 bis 60, über 60. Unsere Statistik ST-01 hat noch die alten Grenzen. Wer "
             "kann das ändern?"),
        Step("edv-nord",
             "Die Grenzen liegen in Tabelle 88 und waren schnell angepasst. Bitte Gegenprobe machen.",
             move="to_user", hours=6),
        Step("user2-nord",
             "Gesamtsumme 41.906 stimmt mit dem Mitgliederbestand überein, damit ist alles fertig.",
             move="close", hours=21),
        Step("user2-nord", "", move="delete", hours=2),
        Step("edv-nord", "", move="restore", hours=20),
    )),
    Story("sued", "edv-sued", "incident", "Auswertungen",
          "Auswertung BB-12 läuft länger als eine Stunde", "normal", 90, release=True,
          answers=(
            "Berufsbildung, etwa acht Personen",
            "Auswertung BB-12, Zeitraum drei Jahre",
            "Laufzeit 74 Minuten, früher waren es zwei.",
            "BB-12 mit mehr als einem Jahr Zeitraum starten",
            "Während des Laufs ist das ganze System zäh.",
          ),
          steps=(
        Step("edv-sued", "",
             files=(
                 ("Laufzeit_BB-12.png", "png", "Ausführungsplan: vollständiges Lesen von LEHRVERTRAG"),
             )),
        Step("staff",
             "Laut Ausführungsplan fehlt ein Index auf dem Lehrbeginn. Wir haben ihn im Testsystem "
             "ergänzt, dort sind es nun 40 Sekunden. Dürfen wir ihn heute ab 20 Uhr auch im "
             "Echtsystem anlegen?", hours=25),
        Step("edv-sued", "Ja, ab 20 Uhr ist niemand im System.", hours=1),
        Step("staff", "Index ist angelegt, Dauer gestern Abend 6 Minuten, davon keine Sperren.", hours=19),
        Step("edv-sued",
             "BB-12 braucht jetzt 38 Sekunden. Mehr kann man nicht verlangen.", move="close", hours=4),
    )),
    Story("nord", "user-nord", "task", "Auswertungen",
          "Dashboard für die Geschäftsführung", "normal", 77,
          steps=(
        Step("user-nord",
             "Bitte stellen Sie auf einer Seite zusammen: Mitgliederstand, Eintritte, Austritte, "
             "Beitragssoll, offene Forderungen."),
        Step("edv-nord",
             "So etwas gibt es als Auswertung GF-00 schon, ich habe sie der Geschäftsführung "
             "freigeschaltet. Passt das?", move="to_user", hours=47),
        Step("user-nord",
             "Ja, die Geschäftsführung ist damit einverstanden. Ein eigener Auftrag ist nicht mehr "
             "nötig.", hours=20),
        Step("user-nord", "", move="delete", hours=0.5),
    )),
    Story("sued", "user-sued", "request", "Auswertungen",
          "Eigene Auswertung mit Vorjahresvergleich speichern", "normal", 61,
          steps=(
        Step("user-sued",
             "Jeden Monat stelle ich dieselbe Tabelle zusammen: neue Lehrverträge je Beruf, "
             "laufendes Jahr gegen Vorjahr, absolut und in Prozent. Die Abfrage kann ich speichern, "
             "die Vorjahresspalte rechne ich aber jedes Mal in der Tabellenkalkulation nach. Geht "
             "das eleganter?",
             files=(
                 ("Tabelle_Vorjahresvergleich.pdf", "pdf",
                  "Beruf / laufend / Vorjahr / Veränderung in Prozent"),
             )),
        Step("edv-sued", "Berechnete Spalten kann unser Auswertungsassistent nicht.",
             move="handover", hours=27),
        Step("staff",
             "Der Assistent kann es ab der neuen Version, die Spalte heißt „Vergleichszeitraum“. "
             "Ihre Kammer ist für die zweite Auslieferungswelle vorgesehen. Wir legen Ihnen die "
             "Tabelle dann gleich als Muster an.", hours=68),
        Step("user-sued",
             "Gibt es für die zweite Welle schon einen ungefähren Termin? Ich plane gerade den "
             "Jahresbericht.", hours=300),
    )),
    Story("nord", "edv-nord", "incident", "Auswertungen",
          "Excel-Ausgabe schneidet führende Nullen ab", "normal", 48,
          answers=(
            "Alle, die Ortsgruppenlisten weiterverarbeiten",
            "Liste OG-05, Spalte „Ortsgruppe“",
            "Aus 0412 wird 412.",
            "Liste ausgeben und in der Tabellenkalkulation öffnen",
            "Der Serienbrief findet die Ortsgruppe nicht mehr.",
          ),
          steps=(
        Step("edv-nord", ""),
        Step("edv-nord",
             "Unterschied gefunden: Bei der Ausgabe als XLSX bleibt die Null erhalten, nur über CSV "
             "verschwindet sie beim Öffnen. Ich habe die Kolleginnen auf XLSX umgestellt.",
             move="close", hours=20),
    )),
    Story("nord", "user-nord", "request", "Auswertungen",
          "Austrittsgründe über fünf Jahre gegenüberstellen", "normal", 35,
          steps=(
        Step("user-nord",
             "Für die Klausur des Präsidiums hätte ich gern eine Grafik der Austrittsgründe aus den "
             "letzten fünf Jahren, getrennt nach Bezirken. Vor drei Jahren wurden die Gründe "
             "umbenannt, das müsste irgendwie zusammengeführt werden."),
        Step("edv-nord",
             "Eine Zuordnung alter und neuer Gründe gibt es nicht. Bitte schreiben Sie mir die Paare "
             "auf, also etwa „Beitrag zu hoch“ = „finanzielle Gründe“.", move="to_user", hours=44),
        Step("user-nord",
             "Das sind die Paare, 14 alte auf 8 neue Gründe. „Tod“ bitte ganz herausrechnen.",
             move="to_it", hours=70,
             files=(("Austrittsgruende_Paare.pdf", "pdf", "14 alte Gründe, 8 neue Gründe"),)),
        Step("edv-nord", "Angekommen, die Grafik bekommen Sie rechtzeitig vor der Klausur.", hours=27),
    )),
    Story("sued", "user-sued", "incident", "Auswertungen",
          "Quersumme der Beitragsstatistik stimmt nicht mit der Finanzbuchhaltung", "normal", 25,
          answers=(
            "Controlling und Finanzbuchhaltung",
            "Auswertung BE-S1, drittes Quartal",
            "Die Statistik weist 3.325,00 EUR mehr aus als das Hauptbuch.",
            "BE-S1 mit Stichtag Quartalsende ausführen und mit Konto 8100 vergleichen",
            "Der Quartalsbericht kann nicht unterschrieben werden.",
          ),
          steps=(
        Step("user-sued", "",
             files=(
                 ("Abgleich_Statistik_Fibu.png", "png",
                  "Statistik 3.812.440,00 / Fibu 3.809.115,00 / Differenz 3.325,00"),
             )),
        Step("edv-sued",
             "Differenz ist bestätigt. Stornierte Bescheide habe ich ausgeschlossen, daran liegt es "
             "nicht.", move="handover", hours=23),
        Step("staff",
             "Die 3.325,00 EUR entsprechen sieben Bescheiden, die nach dem Periodenabschluss "
             "zurückgenommen wurden. Die Statistik rechnet nach Bescheiddatum, die Buchhaltung nach "
             "Buchungsdatum. Welche der beiden Sichtweisen erwartet Ihre Aufsicht im Bericht?",
             move="to_user", hours=46),
    )),
    Story("nord", "user2-nord", "incident", "Auswertungen",
          "Ehrungsliste sortiert Umlaute ans Ende", "normal", 17,
          answers=(
            "Die Ehrungsbeauftragten der Bezirke",
            "Liste EH-03",
            "Namen wie Öhlers und Ünal stehen hinter Zander.",
            "EH-03 nach Nachname sortieren",
            "Beim Vorlesen der Namen auf der Feier fehlten zwei Personen, weil niemand am Ende "
            "gesucht hat.",
          ),
          steps=(
        Step("user2-nord", ""),
        Step("edv-nord",
             "Die Sortierung der Liste war auf „binär“ gestellt. Jetzt steht sie auf „Deutsch, "
             "Telefonbuch“, damit kommt Öhlers hinter Odenthal.", move="close", hours=27),
    )),
    Story("sued", "edv-sued", "request", "Auswertungen",
          "Lesender Datenbankzugang für die Konjunkturumfrage", "normal", 12, release=True,
          steps=(
        Step("edv-sued",
             "Unser Volkswirt möchte Betriebsgrößen und Branchen mit einem Statistikprogramm "
             "auswerten. Ist ein lesender Zugang auf eine Kopie möglich, und welche Sichten dürfen "
             "wir dafür dokumentiert verwenden?"),
        Step("staff",
             "Möglich ist das über den Auswertungsspiegel, er wird jede Nacht erneuert. "
             "Dokumentierte Sichten beginnen mit V_PUB_. Vor der Einrichtung müssten Sie im Haus "
             "klären, aus welchem Netzbereich zugegriffen wird.", move="to_it", hours=23),
        Step("edv-sued",
             "Zugriff erfolgt ausschließlich aus dem Netz der Statistikabteilung, 192.0.2.64/27. "
             "Eine zweite Person wird nicht benötigt.", move="handover", hours=45),
        Step("staff", "Freischaltung ist beantragt, der Spiegel wird am Wochenende eingerichtet.", hours=26),
    )),
    Story("nord", "user-nord", "request", "Auswertungen",
          "Verteilung der Seminarteilnehmer nach Postleitzahl", "normal", 6,
          steps=(
        Step("user-nord",
             "Ließe sich eine Karte oder zumindest eine Tabelle erstellen, aus welchen "
             "Postleitzahlbereichen unsere Seminarteilnehmer anreisen? Wir überlegen, einen zweiten "
             "Tagungsort im Süden Schleswig-Holsteins zu suchen."),
        Step("edv-nord",
             "Eine Tabelle ja, Karten leider nicht. Welcher Zeitraum wäre sinnvoll, und soll nach "
             "Wohnort oder nach Ortsgruppe gezählt werden?", move="to_user", hours=24),
    )),
    Story("nord", "edv-nord", "incident", "Auswertungen",
          "Nächtliche Berichte kommen seit dem Update leer an", "normal", 1, release=True,
          answers=(
            "Abteilungsleitungen, 11 Empfänger",
            "Berichte TB-01 bis TB-06",
            "Die Dateien kommen an, enthalten aber nur die Überschriften.",
            "Automatischer Versand um 04:00 Uhr; von Hand gestartet sind sie vollständig",
            "Die Morgenrunde arbeitet ohne Zahlen.",
          ),
          steps=(
        Step("edv-nord", "", files=(("Leerer_Bericht.pdf", "pdf", "Tagesbericht Eintritte: keine Daten"),)),
        Step("staff",
             "Die Zeitplanung startet seit dem Update vor dem Abschluss der Tagesverarbeitung. Bitte "
             "schieben Sie den Beginn auf 05:30 Uhr, wir liefern eine Abhängigkeit nach.", hours=4),
        Step("edv-nord", "Auf 05:30 Uhr gestellt. Ob es hilft, sehen wir morgen früh.", hours=3),
    )),
)
