"""The words of every letter: what it says, what its button is called, and why it comes."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """One letter's words, with `%(name)s` for what is only known when it is sent.

    A letter about the account has a `subject`; one about a ticket has the ticket's, the same for all of them, so that
    mail programs show them together.
    """

    title: str
    sentences: tuple[str, ...]
    why: str
    button: str = ""
    subject: str = ""


_ACCOUNT = "Sie bekommen diese E-Mail, weil sie Ihr Konto betrifft. Solche E-Mails lassen sich nicht abschalten."
_REPORTER = "Sie bekommen diese E-Mail, weil dieses Ticket unter Ihrem Namen läuft."
_EDV = "Sie bekommen diese E-Mail, weil Sie zur EDV von %(organisation)s gehören."
_NOT_YOU = "Waren Sie das nicht, fordern Sie bitte sofort ein neues Passwort an und sagen Sie Ihrer EDV Bescheid."

TEXTS: Mapping[str, Text] = {
    "ticket_to_review": Text(
        "Ein Ticket wartet auf Ihre Prüfung",
        (
            "%(actor)s hat der EDV dieses Ticket gegeben. Sie können antworten, beim User nachfragen oder es an "
            "%(vendor)s übergeben.",
        ),
        "Sie bekommen diese E-Mail, weil Sie zur EDV gehören und das Modul „%(module)s“ betreuen.",
        "Ticket öffnen",
    ),
    "handed_over": Text(
        "Ein Ticket wurde Ihnen übergeben",
        ("%(actor)s hat dieses Ticket übergeben, und Sie sind als zuständig eingetragen.",),
        "Sie bekommen diese E-Mail, weil Sie für dieses Ticket als zuständig eingetragen wurden.",
        "Ticket öffnen",
    ),
    "new_message": Text(
        "Neue Nachricht von %(author)s",
        (),
        "Sie bekommen diese E-Mail, weil Sie an diesem Ticket beteiligt sind.",
        "Ticket öffnen und antworten",
    ),
    "asked_back": Text(
        "Ein Ticket wartet auf Ihre Antwort",
        ("%(actor)s braucht etwas von Ihnen, damit es weitergeht.",),
        _REPORTER,
        "Ticket öffnen und antworten",
    ),
    "escalated": Text(
        "Ein Ticket wurde eskaliert",
        ("%(actor)s hat dieses Ticket eskaliert und bittet um schnelle Hilfe.",),
        "Sie bekommen diese E-Mail, weil das Ticket auf Sie wartet, Sie dafür zuständig sind oder jemanden "
        "vertreten.",
        "Ticket öffnen",
    ),
    "closed": Text(
        "Ihr Ticket ist geschlossen",
        (
            "%(actor)s hat dieses Ticket geschlossen. Ist doch noch etwas offen, öffnen Sie es mit einer Nachricht "
            "wieder.",
        ),
        _REPORTER,
        "Ticket öffnen",
    ),
    "reminder": Text(
        "Ein Ticket wartet seit %(ago)s auf Sie",
        ("Solange es bei Ihnen liegt, kommen die anderen nicht weiter. Bitte sehen Sie nach, ob Sie helfen können.",),
        "Sie bekommen diese E-Mail, weil das Ticket auf Sie wartet.",
        "Ticket öffnen",
    ),
    "review_overdue": Text(
        "Ein Ticket wartet seit %(ago)s auf die Prüfung durch Ihre EDV",
        (
            "Noch hat niemand entschieden. Deshalb bekommt diese E-Mail jede EDV von %(organisation)s. Das Ticket "
            "bleibt bei Ihnen: An %(vendor)s geht es erst, wenn jemand von Ihnen es übergibt.",
        ),
        _EDV,
        "Ticket öffnen",
    ),
    "review_overdue_unseen": Text(
        "Im Modul %(module)s wartet seit %(ago)s ein Ticket auf die Prüfung durch Ihre EDV",
        (
            "Noch hat niemand entschieden. Deshalb bekommt diese E-Mail jede EDV von %(organisation)s, auch wer das "
            "Modul nicht betreut und das Ticket nicht sieht.",
        ),
        _EDV,
        "Benutzer und Module ansehen",
        "Im Modul %(module)s wartet ein Ticket auf die Prüfung durch die EDV",
    ),
    "closing_announced": Text(
        "Ohne Ihre Antwort wird dieses Ticket am %(day)s geschlossen",
        (
            "Es wartet seit %(ago)s auf Sie. Ist noch etwas offen, antworten Sie bitte im Ticket: Dann bleibt es "
            "offen, und alle Fristen beginnen neu.",
            "Auch danach können Sie es jederzeit wieder öffnen.",
        ),
        "Sie bekommen diese E-Mail, weil das Ticket auf Sie wartet.",
        "Ticket öffnen und antworten",
    ),
    "closed_unanswered": Text(
        "Ihr Ticket ist geschlossen",
        (
            "Wir haben länger nichts gehört und das Ticket deshalb wie angekündigt geschlossen. Ist doch noch etwas "
            "offen, öffnen Sie es einfach wieder.",
        ),
        _REPORTER,
        "Ticket öffnen",
    ),
    "reopened": Text(
        "Ein Ticket ist wieder offen",
        ("%(actor)s hat dieses Ticket wieder geöffnet. Es wartet jetzt auf Sie.",),
        "Sie bekommen diese E-Mail, weil das Ticket auf Sie wartet.",
        "Ticket öffnen",
    ),
    "taking_part": Text(
        "Sie sind jetzt an einem Ticket beteiligt",
        ("%(actor)s hat Sie an diesem Ticket beteiligt. Sie können mitlesen und antworten.",),
        "Sie bekommen diese E-Mail, weil Sie an diesem Ticket beteiligt wurden.",
        "Ticket öffnen",
    ),
    "created_for_you": Text(
        "Für Sie wurde ein Ticket erstellt",
        ("%(actor)s hat dieses Ticket für Sie erstellt. Es läuft unter Ihrem Namen, die Antworten kommen an Sie.",),
        _REPORTER,
        "Ticket öffnen",
    ),
    "password_reset": Text(
        "Neues Passwort festlegen",
        (
            "für Ihr Konto „%(user_name)s“ hat jemand ein neues Passwort angefordert. Mit diesem Link legen Sie es "
            "fest. Er gilt %(minutes)s Minuten lang und nur einmal.",
            "Waren Sie das nicht, brauchen Sie nichts zu tun: Ihr bisheriges Passwort gilt weiter.",
        ),
        _ACCOUNT,
        "Neues Passwort festlegen",
        "Neues Passwort für das %(vendor)s Kundenportal",
    ),
    "password_changed": Text(
        "Ihr Passwort wurde geändert",
        ("das Passwort Ihres Kontos „%(user_name)s“ wurde am %(at)s geändert. Alle anderen Geräte sind abgemeldet.",
         _NOT_YOU),
        _ACCOUNT,
        "Neues Passwort anfordern",
        "Ihr Passwort wurde geändert",
    ),
    "invitation": Text(
        "Willkommen im %(vendor)s Kundenportal",
        (
            "für Sie gibt es jetzt ein Konto. Ihr Benutzername ist „%(user_name)s“. Mit diesem Link legen Sie Ihr "
            "Passwort fest. Er gilt %(hours)s Stunden lang und nur einmal.",
            "Ist der Link abgelaufen, hilft „Passwort vergessen?“ auf der Anmeldeseite.",
        ),
        "Sie bekommen diese E-Mail, weil für diese Adresse ein Konto angelegt wurde. Solche E-Mails lassen sich nicht "
        "abschalten.",
        "Passwort festlegen",
        "Ihr Konto im %(vendor)s Kundenportal",
    ),
    "access_declined": Text(
        "Ihr Antrag auf ein Konto wurde abgelehnt",
        (
            "der Antrag vom %(at)s auf ein Konto für %(name)s im Kundenportal von %(vendor)s, Organisation "
            "„%(organisation)s“, wurde abgelehnt. Fragen dazu beantwortet Ihnen Ihre EDV.",
        ),
        "Sie bekommen diese E-Mail, weil mit dieser Adresse ein Konto beantragt wurde. Solche E-Mails lassen sich "
        "nicht abschalten.",
        "",
        "Ihr Antrag auf ein Konto im %(vendor)s Kundenportal",
    ),
    "second_factor_on": Text(
        "Der zweite Faktor ist eingerichtet",
        ("für Ihr Konto „%(user_name)s“ wurde am %(at)s ein zweiter Faktor eingerichtet. Beim Anmelden werden Sie von "
         "jetzt an nach einem Code gefragt.", _NOT_YOU),
        _ACCOUNT,
        "Zum Kundenportal",
        "Der zweite Faktor ist eingerichtet",
    ),
    "second_factor_off": Text(
        "Der zweite Faktor ist abgeschaltet",
        ("der zweite Faktor Ihres Kontos „%(user_name)s“ wurde am %(at)s abgeschaltet. Zum Anmelden genügt jetzt das "
         "Passwort.", _NOT_YOU),
        _ACCOUNT,
        "Zum Kundenportal",
        "Der zweite Faktor ist abgeschaltet",
    ),
    "email_changed": Text(
        "Ihre E-Mail-Adresse wurde geändert",
        ("für Ihr Konto wurde am %(at)s eine andere E-Mail-Adresse eingetragen. An %(old)s kommt von jetzt an nichts "
         "mehr.", "Ist das nicht richtig, sagen Sie bitte sofort Ihrer EDV oder %(vendor)s Bescheid."),
        _ACCOUNT,
        "Zum Kundenportal",
        "Ihre E-Mail-Adresse wurde geändert",
    ),
}  # fmt: skip

DIGEST_SUBJECT = "Neues in Ihren Tickets vom %(date)s"
DIGEST_WHY = "Sie bekommen diese E-Mail, weil Sie Neuigkeiten einmal am Tag gesammelt haben möchten."
