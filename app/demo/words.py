"""German words for the measuring corpus, the most usual of each list first."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.split()))


MASCULINE = _words("""
Beitrag Bescheid Vorgang Betrag Fehler Termin Antrag Datensatz Auftrag Lauf Ausdruck Bericht Betrieb Verband
Vertrag Verteiler Vorschlag Zeitraum Zugang Zugriff Abgleich Abruf Abschluss Absender Anhang Ansprechpartner
Anruf Arbeitsplatz Ausfall Ausgleich Ausschuss Ausweis Auszug Beleg Benutzer Bereich Beschluss Bestand
Bezirk Bildschirm Brief Briefkopf Dienst Drucker Eingang Einzug Empfänger Entwurf Erlass Export Filter
Gebührensatz Geschäftsgang Grund Haken Haushalt Hinweis Import Inhalt Jahresabschluss Kalender Kassenstand
Kennwortschutz Knopf Kontoauszug Kostensatz Kurs Kursleiter Lehrgang Lehrvertrag Leiter Leserkreis Mahnlauf
Monat Nachtrag Nachweis Newsletter Ordner Ort Ortsverband Parameter Plan Platz Posten Preis Prüfer Prüfling
Prüfungstag Raum Rabatt Rahmen Ratenplan Rest Rückläufer Rücklauf Rundbrief Saldo Schatzmeister Scan
Schlüssel Schriftverkehr Seminarraum Server Serienbrief Sitz Speicher Stand Standort Status Steuersatz
Stichtag Storno Tag Tarif Teilnehmer Text Titel Trainer Treffer Umfang Umlauf Umsatz Umzug Unterschied
Verein Verlauf Vermerk Versand Versuch Verwendungszweck Vordruck Vorfall Vorjahreswert Vorlauf Vorrang
Vorschuss Vorsitz Vorstand Wechsel Weg Wert Wohnort Wunsch Zahlungseingang Zeitplan Zeitpunkt Zettel
Zuschuss Zustand Zweck Zwischenstand Abend Abschnitt Abstand Abteilungsleiter Akku Aktenschrank Alltag
Anfang Anlass Anschluss Anspruch Anteil Apfel Arbeitstag Artikel Aufenthalt Aufsatz Aufwand Aufzug
Augenblick Ausflug Ausgang Ausschnitt Ausweg Balkon Baum Becher Befund Begriff Bestandteil Besuch Bogen
Boden Bus Dank Daumen Deckel Druck Einblick Eindruck Einsatz Einwand Empfang Erfolg Fall Flur Flughafen
Frühling Füller Garten Gast Gegenstand Gehweg Geldbeutel Gruß Hafen Handschlag Hausmeister Herbst
Hinweisgeber Hof Imbiss Jahrgang Jahrestag Kaffee Kanal Keller Kopierer Korb Kreis Kugelschreiber Laden
Lageplan Laptop Lebenslauf Locher Markt Maßstab Mittag Mittwoch Montag Morgen Nachmittag Nagel Notfall
Nutzen Ofen Parkplatz Pausenraum Pfad Pinsel Projektleiter Punkt Rand Rat Regen Reifen Ring Rückweg Ruf Saal
Samstag Satz Schalter Schatten Schirm Schnee Schrank Schritt See Sessel Sommer Sonntag Spiegel Stapel Start
Stau Stempel Stift Strand Strom Stuhl Sturm Tee Teil Teller Tisch Ton Topf Traum Turm Überblick Umschlag
Umstand Unterricht Urlaub Verkehr Verlust Vogel Vorrat Vorteil Wagen Wald Wind Winkel Winter Zaun Zug
Zusammenhang
""")

FEMININE = _words("""
Rechnung Liste Maske Prüfung Zahlung Buchung Anmeldung Adresse Mahnung Meldung Auswertung Nummer Datei
Vorlage Abteilung Mitgliedschaft Beitragsgruppe Ortsgruppe Kammer Abbuchung Ablage Abmeldung Abrechnung
Abstimmung Abweichung Akte Aktualisierung Änderung Anfrage Anlage Anleitung Anpassung Anrede Anschrift
Antwort Anwendung Anzeige Archivierung Aufgabe Aufnahme Aufstellung Ausgabe Auskunft Auswahl Bank
Bankverbindung Bearbeitung Bedingung Befreiung Behörde Beilage Bemerkung Benachrichtigung Berechnung
Berechtigung Berichtigung Beschreibung Bescheinigung Bestätigung Bestellung Bezeichnung Bilanz Buchhaltung
Datenbank Datensicherung Dauer Dublette Einladung Einrichtung Einstellung Einwilligung Empfehlung Ermäßigung
Erfassung Erinnerung Erlaubnis Erstattung Fälligkeit Familie Fassung Fehlermeldung Filiale Forderung
Formatvorlage Frage Freigabe Frist Funktion Gebühr Genehmigung Geschäftsstelle Gliederung Gruppe Gutschrift
Haftung Handwerksrolle Historie Honorarabrechnung Hilfe Information Innung Internetseite Kasse Kategorie
Kennung Kennzahl Klärung Kontonummer Kontrolle Kopie Korrektur Korrespondenz Kostenstelle Kündigung
Lastschrift Lehrstelle Leistung Lieferung Lizenz Lösung Markierung Mappe Mehrwertsteuer Mitteilung Nachfrage
Nachricht Nachzahlung Niederschrift Note Notiz Oberfläche Ordnung Organisation Pause Pflege Phase Planung
Position Post Postleitzahl Priorität Protokollierung Quittung Rate Raumbelegung Reihe Regelung Registrierung
Reihenfolge Reservierung Rückfrage Rückmeldung Rückzahlung Rundung Satzung Schaltfläche Schnittstelle
Schulung Seite Seminarreihe Sendung Sicherung Signatur Sitzung Software Sortierung Spalte Sperre Spende
Staffel Statistik Stelle Steuer Störung Struktur Stufe Suche Summe Tabelle Tagesordnung Tagung Tastatur
Teilnahme Übergabe Überprüfung Übersicht Übertragung Überweisung Umbuchung Umlage Umstellung Unterlage
Unterschrift Urkunde Ursache Veranlagung Veranstaltung Verarbeitung Verbindung Vereinbarung Verknüpfung
Verlängerung Verrechnung Version Versammlung Verwaltung Vollmacht Vorschau Vorschrift Warteliste Wartung
Warnung Weiterbildung Weiterleitung Wiedervorlage Woche Zeile Zeit Zertifizierung Ziffer Zulassung Zuordnung
Zusage Zusammenfassung Zuständigkeit Zustellung Zustimmung Abfahrt Absicht Ahnung Ampel Angst Ankunft Arbeit
Art Ausnahme Ausstellung Autobahn Bahn Bedeutung Begegnung Begründung Beratung Bewegung Bibliothek Blume
Brille Brücke Bühne Bürste Butter Decke Diskussion Ecke Ehre Eile Einheit Einsicht Energie Entfernung
Entscheidung Entwicklung Erde Erfahrung Erholung Erklärung Fabrik Fahrt Farbe Feier Ferne Flasche Fläche
Folge Form Forschung Frau Freude Gabel Garage Gefahr Gegend Gelegenheit Gemeinde Geschichte Gesellschaft
Gesundheit Gewohnheit Glocke Grenze Größe Halle Haltestelle Hand Haut Heimat Heizung Hoffnung Höhe Idee
Jacke Jahreszeit Kanne Karte Kerze Kette Kiste Klammer Klasse Klinik Konferenz Kraft Kreide Küche Kultur
Kunst Lage Lampe Landschaft Länge Last Leiter Lektion Leitung Linie Luft Maschine Mauer Meinung Menge
Methode Minute Mitte Möglichkeit Mühe Musik Nacht Nadel Natur Neuigkeit Not Öffnung Orange Packung Partei
Person Pflanze Pflicht Pforte Platte Probe Quelle Rede Reise Rolle Ruhe Runde Sache Sammlung Schachtel
Schale Schere Schicht Schlange Schule Schwelle Seele Sekunde Sicht Sonne Sorge Sprache Spur Stadt Stange
Stimme Stimmung Stirn Straße Strecke Stunde Tasche Tasse Tat Technik Temperatur Tiefe Tochter Treppe Tür Uhr
Umgebung Unruhe Vase Verantwortung Vergangenheit Vielfalt Vorsicht Waage Wand Ware Wäsche Welle Welt
Werkstatt Wiese Wirkung Wirtschaft Wohnung Wolke Zahl Zange Zeitung Zelle Zukunft Zunge
""")

NEUTER = _words("""
Mitglied Konto Formular Dokument Modul Protokoll Seminar Feld Programm Update System Datum Ergebnis
Schreiben Verfahren Archiv Amt Angebot Anschreiben Arbeitsblatt Attest Ausmaß Bankkonto Beispiel
Benutzerkonto Bild Blatt Büro Dashboard Darlehen Datenblatt Diagramm Ehrenamt Eigentum Einkommen
Eintrittsdatum Ende Entgelt Ereignis Etikett Exemplar Fach Fenster Finanzamt Format Gebäude Gebiet
Geburtsdatum Gehalt Gerät Geschäftsjahr Gesetz Gremium Guthaben Handbuch Hauptbuch Honorar Jahr Journal
Kapitel Kassenbuch Kennwort Kennzeichen Kontingent Kundenkonto Kürzel Kuvert Landratsamt Lastschriftmandat
Layout Lehrverhältnis Limit Mandat Material Menü Merkmal Muster Netzwerk Netzlaufwerk Objekt Original Paket
Papier Passwort Personenkonto Portal Porto Postfach Präsidium Projekt Prüfungsergebnis Quartal Rechenzentrum
Recht Referat Register Rundschreiben Sachkonto Schema Schlagwort Sekretariat Semester Siegel Skript Symbol
Telefon Telefonat Testsystem Thema Ticket Umfeld Unternehmen Urteil Vereinsregister Verhalten Verzeichnis
Vorhaben Vorjahr Werkzeug Zeichen Zertifikat Zeugnis Ziel Zubehör Zugangskonto Abendessen Abenteuer Abkommen
Alter Andenken Auge Auto Bad Band Bett Bier Boot Brot Brett Buch Bündel Dach Denkmal Dorf Drittel Ei Eis
Element Erbe Essen Fahrrad Fass Fest Feuer Fieber Fleisch Flugzeug Foto Frühjahr Frühstück Gas Gebirge
Gedicht Gefühl Gegenteil Geheimnis Geld Gemüse Gepäck Geräusch Gericht Geschäft Geschenk Geschirr Gesicht
Gespräch Gewicht Gewitter Glas Gleis Glück Gras Haar Handtuch Haus Heft Heim Hemd Herz Holz Horn Hotel Huhn
Inserat Interesse Jahrzehnt Kabel Kalb Kino Kissen Kleid Knie Konzert Korn Krankenhaus Lager Land Leben
Leder Leid Licht Lied Lob Loch Los Mal Maß Meer Mehl Messer Metall Mittel Möbel Modell Motiv Museum Netz
Niveau Obst Ohr Öl Paar Pferd Plakat Prinzip Publikum Pulver Rad Radio Rathaus Rätsel Regal Restaurant
Rezept Salz Schaf Schicksal Schiff Schild Schloss Sofa Spiel Stadion Stück Studium Tal Tempo Theater Tier
Tor Treffen Tuch Ufer Verständnis Vertrauen Viertel Volk Vorbild Wasser Werk Wetter Wissen Wochenende Wort
Wunder Zelt Zentrum Zimmer Zitat
""")

ADJECTIVES = _words("""
neu offen aktuell falsch letzt erst ganz nächst richtig verschieden vollständig weiter einzeln ähnlich alt
doppelt fehlend gültig elektronisch monatlich jährlich automatisch manuell fällig gesamt gewünscht genau
kurz lang klein groß gut möglich nötig notwendig wichtig dringend einfach schwierig fertig früher später
spät früh häufig selten abweichend abgelaufen abgeschlossen allgemein amtlich anteilig anwesend auffällig
ausführlich ausgewählt außerordentlich bekannt berechtigt beruflich besonder bestehend betrieblich betroffen
bisherig breit bunt dauerhaft deutlich digital direkt dünn echt ehemalig ehrenamtlich eigen eindeutig
eingehend einheitlich einmalig einseitig endgültig eng entsprechend erforderlich erfolgreich erheblich
erneut ersichtlich erweitert fachlich fehlerhaft fest finanziell formal frei freiwillig fremd frisch
freundlich gebucht geeignet gefiltert gegenseitig geheim gelb gemeinsam gering geplant gesetzlich gesperrt
getrennt gewöhnlich gleich glatt grob gründlich grün halb hart hell herzlich hilfreich höflich inhaltlich
intern jung kalt klar kaufmännisch kostenfrei kostenpflichtig künftig laufend laut leer leicht leise lesbar
lokal mangelhaft mehrfach mehrseitig mehrtägig menschlich mittler mündlich nachträglich nah nass neutral
niedrig normal nützlich öffentlich ordentlich örtlich passend persönlich pünktlich privat probeweise
rechtlich regelmäßig regional reich rein rot rückwirkend rund ruhig sachlich satzungsgemäß sauber scharf
schlank schlicht schnell schön schriftlich schwach schwarz schwer sicher sichtbar sinnvoll sonstig
sorgfältig sparsam spezifisch stabil ständig stark statistisch steuerlich still stündlich süß täglich
technisch tief trocken typisch überflüssig überfällig üblich umfangreich unabhängig unbekannt unbezahlt
ungewöhnlich ungültig unklar unnötig unsicher unterschiedlich unverändert unvollständig unzulässig
ursprünglich verbindlich verantwortlich verfügbar vergangen vergeblich verkehrt vermeintlich veraltet
versehentlich vertraglich vertraulich vielfältig voll vorhanden vorherig vorläufig vorrangig vorsichtig
vorzeitig wahrscheinlich warm weich weiß wertvoll wesentlich wirksam wirtschaftlich wöchentlich zahlreich
zeitnah zentral zugehörig zulässig zusätzlich zuständig zuverlässig zweifach zwingend
""")

# Infinitive and participle, written together.
VERBS = _words("""
buchen/gebucht prüfen/geprüft ändern/geändert drucken/gedruckt speichern/gespeichert senden/gesendet
öffnen/geöffnet erfassen/erfasst anlegen/angelegt löschen/gelöscht berechnen/berechnet melden/gemeldet
bezahlen/bezahlt bearbeiten/bearbeitet übernehmen/übernommen anzeigen/angezeigt erstellen/erstellt
eintragen/eingetragen freigeben/freigegeben versenden/versandt abschließen/abgeschlossen
ausführen/ausgeführt auswählen/ausgewählt zuordnen/zugeordnet aktualisieren/aktualisiert
korrigieren/korrigiert einrichten/eingerichtet einlesen/eingelesen ausgeben/ausgegeben
hinterlegen/hinterlegt sperren/gesperrt stornieren/storniert bestätigen/bestätigt klären/geklärt
abbrechen/abgebrochen abgleichen/abgeglichen abholen/abgeholt ablegen/abgelegt ablehnen/abgelehnt
ableiten/abgeleitet abrechnen/abgerechnet abrufen/abgerufen absagen/abgesagt absichern/abgesichert
abspeichern/abgespeichert abstimmen/abgestimmt abwarten/abgewartet abziehen/abgezogen anfordern/angefordert
anhängen/angehängt anklicken/angeklickt ankündigen/angekündigt anmahnen/angemahnt annehmen/angenommen
anpassen/angepasst anschreiben/angeschrieben anweisen/angewiesen archivieren/archiviert
aufbereiten/aufbereitet aufheben/aufgehoben auflisten/aufgelistet aufnehmen/aufgenommen aufrufen/aufgerufen
aufteilen/aufgeteilt ausblenden/ausgeblendet ausdrucken/ausgedruckt ausfüllen/ausgefüllt
ausgleichen/ausgeglichen auslagern/ausgelagert auslösen/ausgelöst austauschen/ausgetauscht
auswerten/ausgewertet ausweisen/ausgewiesen auszahlen/ausgezahlt beachten/beachtet beantragen/beantragt
beantworten/beantwortet beauftragen/beauftragt beenden/beendet begleichen/beglichen begründen/begründet
beheben/behoben beifügen/beigefügt belegen/belegt benennen/benannt benutzen/benutzt bereinigen/bereinigt
bereitstellen/bereitgestellt berichtigen/berichtigt berücksichtigen/berücksichtigt beschreiben/beschrieben
bestellen/bestellt bewerten/bewertet bezuschussen/bezuschusst deaktivieren/deaktiviert
dokumentieren/dokumentiert durchführen/durchgeführt einblenden/eingeblendet einladen/eingeladen
einplanen/eingeplant einreichen/eingereicht einschalten/eingeschaltet einschränken/eingeschränkt
einspielen/eingespielt einstellen/eingestellt einziehen/eingezogen empfehlen/empfohlen entfernen/entfernt
entscheiden/entschieden entsperren/entsperrt erfragen/erfragt ergänzen/ergänzt erhöhen/erhöht
erinnern/erinnert erklären/erklärt erläutern/erläutert ermitteln/ermittelt erneuern/erneuert
ersetzen/ersetzt erstatten/erstattet erwarten/erwartet erweitern/erweitert exportieren/exportiert
festlegen/festgelegt feststellen/festgestellt filtern/gefiltert finden/gefunden fordern/gefordert
formatieren/formatiert fortsetzen/fortgesetzt genehmigen/genehmigt gruppieren/gruppiert
gutschreiben/gutgeschrieben halten/gehalten herunterladen/heruntergeladen hinzufügen/hinzugefügt
hochladen/hochgeladen importieren/importiert informieren/informiert installieren/installiert
kennzeichnen/gekennzeichnet kontieren/kontiert kontrollieren/kontrolliert kopieren/kopiert
kündigen/gekündigt kürzen/gekürzt laden/geladen leeren/geleert lesen/gelesen liefern/geliefert lösen/gelöst
mahnen/gemahnt markieren/markiert merken/gemerkt mitteilen/mitgeteilt nachholen/nachgeholt
nachliefern/nachgeliefert nachreichen/nachgereicht nachstellen/nachgestellt notieren/notiert
nummerieren/nummeriert nutzen/genutzt ordnen/geordnet organisieren/organisiert pflegen/gepflegt
planen/geplant protokollieren/protokolliert quittieren/quittiert reduzieren/reduziert regeln/geregelt
registrieren/registriert reservieren/reserviert runden/gerundet sammeln/gesammelt schätzen/geschätzt
schicken/geschickt schließen/geschlossen schreiben/geschrieben schulen/geschult sichern/gesichert
sichten/gesichtet sortieren/sortiert starten/gestartet suchen/gesucht summieren/summiert teilen/geteilt
testen/getestet tippen/getippt trennen/getrennt überarbeiten/überarbeitet überblicken/überblickt
übergeben/übergeben überprüfen/überprüft überschreiben/überschrieben übersehen/übersehen
übersetzen/übersetzt übertragen/übertragen überwachen/überwacht überweisen/überwiesen umbenennen/umbenannt
umbuchen/umgebucht umstellen/umgestellt unterbrechen/unterbrochen unterschreiben/unterschrieben
untersuchen/untersucht veranlagen/veranlagt veranlassen/veranlasst verarbeiten/verarbeitet
verbessern/verbessert verbinden/verbunden verbuchen/verbucht vereinbaren/vereinbart vereinfachen/vereinfacht
vergeben/vergeben vergleichen/verglichen verknüpfen/verknüpft verlängern/verlängert vermeiden/vermieden
vermerken/vermerkt verrechnen/verrechnet verschieben/verschoben verschlüsseln/verschlüsselt
verteilen/verteilt vertreten/vertreten verwalten/verwaltet verwenden/verwendet vorbelegen/vorbelegt
vorbereiten/vorbereitet vorlegen/vorgelegt vormerken/vorgemerkt vorschlagen/vorgeschlagen
wechseln/gewechselt weiterleiten/weitergeleitet widerrufen/widerrufen wiederherstellen/wiederhergestellt
wiederholen/wiederholt zählen/gezählt zeichnen/gezeichnet zeigen/gezeigt zulassen/zugelassen
zurücksetzen/zurückgesetzt zurückstellen/zurückgestellt zusammenführen/zusammengeführt zustellen/zugestellt
""")

ADVERBS = _words("""
heute gestern bereits leider derzeit inzwischen gerade wieder noch immer bisher vorhin morgens nachts
zuletzt zunächst danach jetzt demnächst dauernd ständig gelegentlich manchmal oft regelmäßig selten stets
erneut endlich anfangs montags dienstags mittwochs donnerstags freitags samstags mittags abends vormittags
nachmittags täglich wöchentlich monatlich jährlich plötzlich offenbar anscheinend vermutlich möglicherweise
wahrscheinlich sicherlich tatsächlich eigentlich grundsätzlich normalerweise üblicherweise ausnahmsweise
versehentlich irrtümlich vorläufig vorübergehend teilweise überwiegend größtenteils vollständig restlos
gründlich sorgfältig probeweise testweise stichprobenartig händisch gemeinsam einzeln getrennt nacheinander
gleichzeitig mehrfach zweimal dreimal jedesmal nebenbei zusätzlich außerdem ferner ebenfalls allerdings
jedoch dennoch trotzdem deshalb daher folglich somit andernfalls notfalls hoffentlich bestenfalls mindestens
höchstens ungefähr beinahe kürzlich neulich seither seitdem umgehend unverzüglich rechtzeitig kurzfristig
langfristig zeitnah
""")

# Without -n in the nominative and accusative, where they are used.
PLURALS = _words("""
Mitglieder Beiträge Bescheide Rechnungen Seminare Zahlungen Betriebe Kollegen Kolleginnen Teilnehmer
Teilnehmerinnen Adressen Anträge Aufträge Belege Berechtigungen Betriebsnummern Beträge Briefe Buchungen
Daten Dokumente Dozenten Ehrungen Einladungen Einträge Empfänger Ergebnisse Fehler Felder Formulare Fragen
Fristen Gebühren Gutschriften Hinweise Kennwörter Konten Kopien Kosten Kunden Kurse Lehrverträge Listen
Mahnungen Masken Meldungen Nachrichten Noten Nummern Ordner Ortsgruppen Personen Plätze Posten Preise
Protokolle Prüfer Prüferinnen Prüflinge Prüfungen Räume Referenten Rückläufer Rundschreiben Sätze
Schlagwörter Schreiben Spalten Spenden Statistiken Tabellen Termine Texte Treffer Überweisungen Umbuchungen
Unterlagen Unterschriften Unternehmen Urkunden Verbände Vereine Verträge Vordrucke Vorlagen Vorstände Werte
Zahlen Zeilen Zertifikate Zeugnisse Zugänge Zuschüsse Absprachen Anhänge Ämter Anlagen Arbeitsplätze
Ausgaben Ausschüsse Auszubildende Bausteine Bilder Buchstaben Drucker Ehrenamtliche Einnahmen Etiketten
Farben Gäste Geräte Gremien Gründe Haushalte Innungen Kapitel Kisten Kreise Kürzel Lieferanten Lizenzen
Merkmale Module Monate Namen Orte Pakete Platzhalter Quartale Rechte Regeln Reihen Sitzungen Stellen Stunden
Tage Umlaute Updates Verteiler Vorgänge Vorjahre Wochen Wünsche Zeiträume Ziele Zimmer Zusagen
""")

# First parts of compounds, in the form that joins.
STEMS = _words("""
Mitglieds Beitrags Rechnungs Seminar Prüfungs Zahlungs Buchungs Melde Verbands Kammer Ortsgruppen Adress
Akten Abrechnungs Änderungs Anmelde Antrags Archiv Auftrags Ausbildungs Ausgabe Aushangs Auskunfts
Auswertungs Bank Basis Bearbeitungs Befreiungs Beleg Berechnungs Berichts Berufungs Bescheid Bestands
Betriebs Betreuungs Bezirks Bilanz Bildungs Daten Delegierten Dienst Dokument Dozenten Druck Ehren Eingangs
Einkaufs Einladungs Eintritts Einzugs Empfangs Erfassungs Ermäßigungs Erstattungs Export Fach Familien
Fälligkeits Fehler Finanz Förder Forderungs Formular Freigabe Funktions Gebühren Gehalts Geschäfts Gesellen
Grund Gruppen Gutschrift Handwerks Haupt Haushalts Honorar Import Innungs Jahres Jubiläums Jugend Kassen
Kontakt Konten Kontroll Korrektur Kosten Kredit Kreis Kunden Kurs Landes Lastschrift Lehr Leistungs Liefer
Lizenz Lohn Mahn Mandats Meister Monats Nachweis Nachtrags Noten Ordnungs Organisations Personal Pflege Plan
Portal Post Präsidial Preis Presse Projekt Protokoll Quartals Raten Raum Rechts Referenten Register Reise
Revisions Rücklauf Sammel Satzungs Schlüssel Schulungs Serien Service Sicherungs Sitzungs Sonder Sperr
Spenden Stamm Standard Statistik Steuer Storno Stunden System Tages Tagungs Teilnehmer Termin Test
Überweisungs Umbuchungs Umlage Umsatz Unterlagen Unternehmens Urkunden Veranlagungs Vereins Verkaufs Versand
Verteiler Vertrags Verwaltungs Vorgangs Vorlagen Vorstands Wahl Warte Wartungs Web Werbe Wirtschafts Zahl
Zeit Zertifikats Zeugnis Ziel Zulassungs Zuschuss Zusatz Zuständigkeits Zweck
""")

MASCULINE_HEADS = _words("""
bescheid lauf antrag auftrag bericht betrag beleg plan satz stand termin text verlauf vorgang wert nachweis
abgleich export import filter dienst raum ordner bereich ausschuss entwurf eingang ausgang vermerk vordruck
druck schlüssel status zeitraum fehler hinweis verteiler vertrag rhythmus abschluss
""")

FEMININE_HEADS = _words("""
liste nummer maske datei vorlage übersicht gruppe prüfung meldung auswertung statistik frist gebühr ordnung
stelle abteilung änderung abrechnung anlage anzeige art bearbeitung berechnung bestätigung datenbank
erfassung freigabe funktion historie kennung kontrolle korrektur kopie mappe notiz pflege planung rechnung
regel reihe sammlung schnittstelle seite sperre summe tabelle übergabe übernahme urkunde verwaltung
vereinbarung verteilung vorschau zuordnung zeile akte
""")

NEUTER_HEADS = _words("""
formular protokoll konto feld modul datum ergebnis schreiben verfahren archiv verzeichnis register blatt
buch dokument jahr muster merkmal objekt paket portal programm projekt kennzeichen limit journal kürzel
kontingent fach layout schema symbol fenster gremium
""")

FIRST_NAMES = _words("""
Anna Peter Sabine Thomas Julia Michael Claudia Andreas Petra Stefan Katrin Christian Susanne Martin Birgit
Frank Monika Jens Andrea Uwe Heike Ralf Karin Jürgen Anja Klaus Silke Bernd Nicole Dirk Martina Holger Tanja
Torsten Simone Matthias Kerstin Olaf Gabriele Jan Ute Sven Barbara Markus Angelika Oliver Stefanie Daniel
Christine Tobias Melanie Florian Sandra Sebastian Daniela Philipp Ulrike Lars Renate Kai Doris Volker Elke
Norbert Regina Werner Ingrid Horst Gisela Rainer Cornelia Georg Manuela Hans Anke Gerd Bettina Helmut
Kirsten Rolf Yvonne Axel Jana Carsten Maren Hauke Wiebke Sönke Swantje Momme Levke Tjark Franziska Lukas
Theresa Korbinian Veronika Xaver Magdalena Alois Burgi Leonhard Rosina Benedikt Ayşe Mehmet Elif Emre Olga
Dmitri Natalia Piotr Agnieszka Marek Zofia Luca Chiara Ioannis Eleni Nikola Milena Goran Jasmin Amir Leila
Samuel Miriam Jonas Lea Felix Hannah Paul Marie Max Sophie Moritz Lena Jakob Emma
""")

LAST_NAMES = _words("""
Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein
Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann Köhler
Maier Walter Schulze König Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Vogel Friedrich
Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm
Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas
Schreiber Graf Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff
Pfeiffer Petersen Hansen Jensen Lorenzen Clausen Thomsen Carstensen Brodersen Matthiesen Feddersen Nissen
Paulsen Christiansen Johannsen Ketelsen Boysen Andresen Jessen Ahlers Behrens Lüders Harms Wulff Sievers
Kruse Bartels Meinert Tiedemann Rickert Storm Voß Plambeck Stegemann Haslinger Obermoser Aigner Prechtl
Zeller Wimmer Gruber Hinterseer Niedermaier Kirchner Angerer Brandl Demmel Eberl Forster Gassner Heigl
Irlbacher Kagerer Lechner Moosbauer Nagl Oberhuber Pichler Rieger Stadler Thaler Unterberger Vilsmeier
Weinzierl Zierer Yılmaz Kaya Demir Çelik Şahin Nowak Kowalski Wiśniewski Kamiński Ivanov Petrov Horvat
Marković Rossi Ferrari Papadopoulos Nguyen Tran Haddad Rahimi Okafor Mensah Silva Costa García Fernández
Dubois Lefèvre Novák Dvořák
""")

TOWNS = _words("""
Husum Heide Eckernförde Niebüll Flensburg Schleswig Rendsburg Kappeln Büsum Itzehoe Elmshorn Pinneberg Plön
Eutin Neumünster Kiel Lübeck Ratzeburg Mölln Wismar Schwerin Güstrow Rostock Stralsund Greifswald Cuxhaven
Stade Buxtehude Lüneburg Celle Uelzen Verden Oldenburg Emden Aurich Leer Papenburg Meppen Lingen Osnabrück
Minden Hameln Hildesheim Göttingen Kassel Fulda Marburg Gießen Wetzlar Siegen Arnsberg Soest Hamm Münster
Borken Kleve Krefeld Neuss Düren Aachen Euskirchen Bonn Koblenz Trier Mainz Worms Speyer Landau Pirmasens
Saarlouis Kaiserslautern Darmstadt Hanau Aschaffenburg Würzburg Schweinfurt Bamberg Bayreuth Hof Coburg
Kronach Erlangen Fürth Ansbach Aalen Ulm Biberach Ravensburg Konstanz Villingen Rottweil Tübingen Reutlingen
Esslingen Göppingen Heilbronn Mosbach Offenburg Lahr Freiburg Lörrach Kempten Memmingen Kaufbeuren Füssen
Landsberg Weilheim Rosenheim Traunstein Altötting Passau Straubing Deggendorf Cham Weiden Amberg Regensburg
Ingolstadt Freising Erding Dachau Augsburg Dillingen Gera Jena Weimar Erfurt Gotha Eisenach Suhl Plauen
Zwickau Chemnitz Freiberg Bautzen Görlitz Cottbus Potsdam Brandenburg
""")

ORGANISATION_KINDS = _words("""
Verband Kammer Innung Landesverband Fachverband Vereinigung Kreisverband Bund Bezirksverband
Arbeitgeberverband Berufsverband Genossenschaft Landesinnung Wirtschaftsverband Akademie Zentralverband
Dachverband Gemeinschaft
""")

# What follows "der" in the name of an organisation.
TRADES = _words("""
Bäcker Tischler Maurer Dachdecker Friseure Elektriker Optiker Zahnärzte Tierärzte Apotheker Steuerberater
Architekten Ingenieure Notare Gärtner Landwirte Winzer Brauer Müller Imker Fischer Sportvereine Chöre
Musikschulen Schützenvereine Segler Ruderer Turner Reiter Wanderer Kleingärtner Hausbesitzer Mieter
Pflegedienste Hebammen Logopäden Spediteure Buchhändler Verlage Hoteliers Gastwirte Einzelhändler
Handelsvertreter Makler Gutachter Dolmetscher Fotografen Goldschmiede Uhrmacher Schneider Schuhmacher
Sattler Drucker Metallbauer Installateure Schornsteinfeger Glaser Maler
""")
