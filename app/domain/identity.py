"""What an account needs: a person's names, a user name and one business address, cleaned and checked."""

import re
from dataclasses import dataclass

from app.config import MAIL_ADDRESS
from app.language import translate
from app.text import clean_line

LONGEST_NAME = 60
LONGEST_EMAIL = 254
LONGEST_PHONE = 60

# In lower case, without an @, so that a user name is never somebody else's address.
_USER_NAME = re.compile(r"[a-z0-9äöü][a-z0-9äöü._-]{0,58}[a-z0-9äöü]")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z])[a-z0-9-]{{1,62}}[a-z0-9]")

# Whose addresses anybody can have: under every ending, and the others by their one name.
_FREE_ANYWHERE = "aol|gmail|gmx|googlemail|hotmail|live|outlook|protonmail|tutanota|yahoo|yandex|yopmail"
_FREE_BRAND = re.compile(rf"(?:.+\.)?(?:{_FREE_ANYWHERE})\.(?:co\.|com\.)?[a-z]{{2,4}}")
_FREE_NAMES = """
    web.de t-online.de freenet.de arcor.de email.de mail.de mail.com mailbox.org posteo.de posteo.net posteo.org
    online.de onlinehome.de online-mail.de kabelmail.de unitybox.de netcologne.de ewetel.net alice-dsl.net alice.de
    vodafone.de vodafonemail.de o2online.de o2mail.de telekom-mail.de nexgo.de versanet.de osnanet.de
    firemail.de abwesend.de compuserve.de compuserve.com tiscali.de directbox.com vollbio.de
    smart-mail.de ok.de eclipso.de eclipso.eu mailfence.com
    a1.net aon.at chello.at inode.at bluewin.ch hispeed.ch sunrise.ch bluemail.ch pt.lu
    icloud.com me.com mac.com msn.com passport.com ymail.com rocketmail.com aim.com proton.me pm.me tuta.com tuta.io
    tutamail.com keemail.me fastmail.com fastmail.fm hey.com hushmail.com zoho.com zohomail.com zohomail.eu inbox.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tin.it alice.it terra.es
    ziggo.nl kpnmail.nl hetnet.nl skynet.be telenet.be telia.com bredband.net online.no mail.dk
    wp.pl o2.pl onet.pl interia.pl op.pl seznam.cz centrum.cz email.cz atlas.sk azet.sk freemail.hu citromail.hu
    mail.ru bk.ru list.ru inbox.ru rambler.ru ya.ru ukr.net i.ua abv.bg inbox.lv
    qq.com 163.com 126.com sina.com naver.com daum.net rediffmail.com
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net btinternet.com sky.com virginmedia.com
    mailinator.com guerrillamail.com sharklasers.com 10minutemail.com 10minutemail.de trashmail.com trashmail.de
    trash-mail.com trash-mail.de wegwerfemail.de wegwerf-email.de byom.de spambog.com spambog.de muellmail.com
    muell.email temp-mail.org tempmail.com discard.email einrot.com mailnesia.com maildrop.cc getnada.com
"""
_FREE = frozenset(_FREE_NAMES.split())


@dataclass(frozen=True)
class Identity:
    """Who somebody is, as it is stored: names of one line, user name and address in lower case."""

    first_name: str
    last_name: str
    user_name: str
    email: str
    phone: str = ""


def clean(*, first_name: str, last_name: str, user_name: str, email: str, phone: str = "") -> Identity:
    """What was typed as it would be stored, whether it can be or not."""
    return Identity(
        clean_line(first_name), clean_line(last_name), clean_line(user_name).casefold(), clean_line(email).lower(),
        clean_line(phone),
    )  # fmt: skip


def problems(who: Identity, known_email: str = "") -> dict[str, str]:
    """A sentence for each field that is wrong; an account may keep the address that it has already."""
    found = {
        "first_name": _wrong_name(who.first_name, "Bitte geben Sie den Vornamen an."),
        "last_name": _wrong_name(who.last_name, "Bitte geben Sie den Nachnamen an."),
        "user_name": _wrong_user_name(who.user_name),
        "email": "" if known_email and who.email == known_email else _wrong_email(who.email),
        "phone": _too_long(who.phone, LONGEST_PHONE),
    }
    return {field: sentence for field, sentence in found.items() if sentence}


def is_free_mail(email: str) -> bool:
    """Whether anybody at all can have an address at this domain or below it."""
    domain = email.lower().rpartition("@")[2]
    labels = domain.split(".")
    above = {".".join(labels[start:]) for start in range(len(labels))}
    return bool(_FREE & above or _FREE_BRAND.fullmatch(domain))


def _wrong_name(name: str, missing: str) -> str:
    if not name:
        return translate(missing)
    return _too_long(name, LONGEST_NAME)


def _wrong_user_name(user_name: str) -> str:
    if not user_name:
        return translate("Bitte geben Sie einen Benutzernamen an.")
    if too_long := _too_long(user_name, LONGEST_NAME):
        return too_long
    if not _USER_NAME.fullmatch(user_name):
        return translate("Ein Benutzername hat mindestens zwei Zeichen: Buchstaben, Ziffern, Punkt, „-“ und „_“.")
    return ""


def _wrong_email(email: str) -> str:
    if not email:
        return translate("Bitte geben Sie eine E-Mail-Adresse an.")
    if not _is_one_address(email):
        return translate("Bitte geben Sie genau eine gültige E-Mail-Adresse an.")
    if is_free_mail(email):
        return translate("Bitte geben Sie eine geschäftliche Adresse an; %(domain)s ist ein Anbieter für jedermann.",
                         domain=email.rpartition("@")[2])  # fmt: skip
    return ""


def _is_one_address(email: str) -> bool:
    local, _, domain = email.rpartition("@")
    whole = len(email) <= LONGEST_EMAIL and MAIL_ADDRESS.fullmatch(email)
    return bool(whole and all(local.split(".")) and _DOMAIN.fullmatch(domain))


def _too_long(value: str, longest: int) -> str:
    return translate("Bitte höchstens %(n)s Zeichen.", n=longest) if len(value) > longest else ""
