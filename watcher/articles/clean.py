"""Page furniture: lines that stand on the page and not in the article.

Every expression here must fit the whole line, because a sentence that is dropped is a missed
story and a line too many is only untidy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from watcher.articles.dates import is_clock_line
from watcher.articles.habits import line_key
from watcher.articles.sections import (
    MAX_HEADING,
    announces_headlines,
    is_pointing_line,
    is_section_heading,
)
from watcher.articles.wires import is_agency_line

_SUBSCRIBE_VERB = re.compile(
    r"(?:ontvang|schrijf (?:je|u)|meld (?:je|u)|abonneer|neem een abonnement|volg ons|download"
    r"|(?:bent u|ben je) al abonnee|sign up|subscribe|get (?:our|the)|follow us|already a sub"
    r"|registrieren sie|abonnieren|jetzt abonnieren|folgen sie uns|erhalten sie|melden sie sich"
    r"|inscrivez|abonnez|recevez|suivez-nous|suscríb|recib[ae]|síguenos)\w*",
    re.IGNORECASE,
)
_SUBSCRIBE_THING = re.compile(
    r"nieuwsbrief|nieuwsupdate|\w*-update\b|abonnement|pushbericht|whatsapp-?kanaal|onze app"
    r"|\bapp\b|al abonnee\b.{0,5}(?:log|meld)|a subscriber\b.{0,5}(?:log|sign)|boletín"
    r"|newsletter|briefing|in your inbox|notifications"
    r"|(?:volg ons|follow us|folgen sie uns|suivez-nous|síguenos)\b.{0,20}"
    r"(?:facebook|instagram|twitter|whatsapp|telegram|linkedin|youtube|tiktok|bluesky|\bX\b)",
    re.IGNORECASE,
)
_NETWORK = (
    r"(?:facebook|twitter|x|whatsapp|linkedin|e-?mail|mail|telegram|instagram|messenger|print"
    r"|bluesky|threads|pinterest|reddit|youtube|tiktok|link|copy link|kopieer link|app)"
)
_BETWEEN = r"(?:\s?[,|·•/&\-]\s?|\s(?:and|en|und|et|y|of|or|oder|ou)\s|\s)"
#: What whole lines are furniture in any article, by what they are for.
_SHARE = (
    rf"(?:deel(?: dit)?(?: artikel| bericht| verhaal| pagina| nieuws)?|delen|share(?: this)?"
    rf"(?: article| story| page| post)?|(?:diesen )?artikel teilen|teilen|partager"
    rf"(?: cet article)?|compart(?:ir|e)(?: est[ae] (?:artículo|noticia))?)"
    rf"(?:\s?:?\s?(?:op|via|on|auf|über|sur|par|en|con)?\s?{_NETWORK}(?:{_BETWEEN}{_NETWORK}){{0,9}})?"
    rf"|{_NETWORK}(?:{_BETWEEN}{_NETWORK}){{1,9}}"
)
_ADVERT = (
    r"advertenties?|advertentie gaat hieronder verder|reclame|advertisement|advert|sponsored"
    r"|anzeigen?|werbung|publicité|publicidad"
    r"|(?:lees verder|(?:de )?tekst gaat (?:verder|door)|(?:het )?artikel gaat verder"
    r"|(?:de )?tekst loopt (?:verder|door)) (?:onder|na) de (?:advertentie|foto|video|afbeelding"
    r"|tweet|reclame|grafiek|kaart)"
    r"|(?:article|story|text) continues (?:below|after)(?: (?:the |this )?(?:ad|advert"
    r"|advertisement|photo|video|image))?|scroll (?:down )?to continue(?: reading)?"
    r"|weiter(?: geht es)? nach der (?:anzeige|werbung)|(?:der )?(?:artikel|text) wird nach der "
    r"(?:anzeige|werbung) fortgesetzt"
    r"|(?:la suite|l[’']article continue|suite de l[’']article) après (?:la|cette) publicité"
)
_RIGHTS = (
    r"(?:©|\(c\)|copyright(?: ©)?) ?.{0,60}|all rights reserved|alle rechten voorbehouden"
    r"|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados"
)
_COOKIES = (
    r"(?:(?:wij|we|deze (?:web)?site|onze (?:web)?site) (?:gebruik(?:en|t)|maa?k(?:en|t) gebruik "
    r"van) (?:\w+ ){0,3}cookies|(?:we|this (?:web)?site|our (?:web)?site) uses? (?:\w+ ){0,2}"
    r"cookies|(?:wir verwenden|wir nutzen|diese (?:website|seite) (?:verwendet|nutzt)) cookies"
    r"|(?:nous utilisons|ce site utilise) des cookies|(?:utilizamos|este sitio utiliza) cookies"
    r"|by (?:continuing|using) .{0,40}cookies).{0,200}"
    r"|(?:accept(?:eer)?|alle|all|manage|beheer|reject|weiger) (?:\w+ )?cookies(?: \w+)?"
    r"|cookie(?:s| )?-?(?:instellingen|beleid|settings|policy|preferences|einstellungen)"
    r"|alle akzeptieren|tout (?:accepter|refuser)|paramétrer les cookies|aceptar"
    r" (?:todas )?(?:las )?cookies"
)
_PAGE = (
    r"newsletter(?: jetzt)? (?:abonnieren|bestellen)|nieuwsbrief ontvangen"
    r"|(?:terug )?naar boven|back to top|nach oben|haut de page"
    r"|(?:dit artikel )?(?:printen|afdrukken)"
    r"|artikel drucken|imprimer(?: cet article)?|print this (?:article|page)"
    r"|ga naar (?:de )?(?:inhoud|hoofdinhoud|navigatie)|skip to (?:main )?content"
    r"|(?:luister naar dit artikel|listen to this article|artikel anhören|écouter (?:cet|l[’'])"
    r" ?article)(?: .{0,20})?|leestijd:? .{1,20}|\d{1,3} min(?:uten|\.)? leestijd"
    r"|\d{1,3} min(?:ute)? read|lesezeit:? .{1,20}|temps de lecture ?:? .{1,20}"
    r"|(?:plaats |geef )?(?:een )?reacties?(?: \(\d+\)| plaatsen)?|\d{1,4} (?:reacties|comments"
    r"|kommentare|commentaires)|(?:post|leave|view|show) (?:a )?comments?|kommentare anzeigen"
    r"|bekijk (?:meer|alles|alle (?:berichten|artikelen))|toon meer|laad meer|meer laden|load more"
    r"|show more|view (?:all|more)|mehr (?:laden|anzeigen)|voir plus|afficher plus|ver más"
)
_WHOLE = re.compile(
    rf"(?:{_SHARE}|{_ADVERT}|{_RIGHTS}|{_COOKIES}|{_PAGE})\s?[.:!»›>]?\Z", re.IGNORECASE
)
_NAVIGATION = frozenset(
    """
    home|over ons|contact|colofon|privacy|privacybeleid|privacyverklaring|privacystatement|cookies
    |cookiebeleid|adverteren|algemene voorwaarden|voorwaarden|gebruiksvoorwaarden|vacatures
    |werken bij|klantenservice|abonneren|nieuwsbrief|rss|archief|disclaimer|sitemap|inloggen
    |about|about us|contact us|terms|terms of use|terms of service|terms and conditions
    |privacy policy|cookie policy|cookie settings|advertise|careers|jobs|help|subscribe|log in
    |sign in|accessibility|newsletter|newsletters|impressum|datenschutz|datenschutzerklärung|agb
    |kontakt|über uns|karriere|mediadaten|nutzungsbedingungen|hilfe|abo|mentions légales|cgu|cgv
    |plan du site|nous contacter|qui sommes-nous|publicité|confidentialité|données personnelles
    |aviso legal|política de privacidad|contacto|quiénes somos|publicidad
    """.replace("\n    ", "").split("|")
)  # fmt: skip
_NAVIGATION_JOINT = re.compile(r"\s*[|·•/,]\s*|\s+-\s+|\s{2,}")
_STAMP = re.compile(
    r"(?:laatste update|laatst bijgewerkt|bijgewerkt|gepubliceerd|geplaatst|last updated|updated"
    r"|published|posted|aktualisiert|veröffentlicht|zuletzt aktualisiert|stand|publié|mis à jour"
    r"|publicado|actualizado)(?: (?:op|om|on|at|am|um|le|à|el))?\s?:? (?=.*\d)",
    re.IGNORECASE,
)
_STAMP_WORD = re.compile(
    r"[\d.:/\-]+|\d+h\d*|[^\W\d_]{3,9}\.?|om|at|um|à|op|u\.?|am|pm|le|[|·•–-]", re.IGNORECASE
)
_CREDIT = re.compile(
    r"(?:(?:archief|file |archiv|undatierte )?(?:foto|photo|bild|beeld|picture|image)s?"
    r"(?: (?:by|door|von|par|credit))?|(?:photo )?credit|crédit(?:s)?(?: photos?)?|beeldmateriaal"
    r"|illustratie|illustration|ap photo|reuters)(?P<joint>\s?[:©/|]\s?|\s)",
    re.IGNORECASE,
)
_CREDIT_WORD = re.compile(
    r"[A-ZÀ-Þ][\w.’'\-]*|©|[/|,&–\-]|via|van|de|der|den|ter|von|di|du|dpa|\d{4}", re.UNICODE
)
_CREDIT_SPLIT = re.compile(r"\s+|(?<=[/,|©])|(?=[/,|©])")
_COUNTER = re.compile(r"\d{1,4} [A-ZÀ-Þ'‘\"“]")
_SENTENCE_END = re.compile(r"[.!?…:;,][\"'”’»)]*\Z")
_HEADLINE_END = re.compile(r"[.:;,…][\"'”’»)]*\Z")
_MAX_FURNITURE = 300


def looks_like_heading(line: str) -> bool:
    """True for a short line that does not end as a sentence does."""
    return 0 < len(line) <= MAX_HEADING and not _SENTENCE_END.search(line)


def looks_like_headline(line: str) -> bool:
    """A heading that may also ask or exclaim, as the first line of an article may."""
    return 0 < len(line) <= MAX_HEADING + 40 and not _HEADLINE_END.search(line)


def furniture(paragraphs: Sequence[str], habits: Collection[str] = ()) -> set[int]:
    """The places of the paragraphs that are page furniture, never all of them.

    A line that is furniture in any article; a teaser with a counter in front, which is told from
    a subheading by what follows: text under a subheading, another heading under a teaser; the
    headlines under a "Lees ook" that ends the text. ``habits`` are keys of `habits.line_keys`
    of lines that this source is known to repeat; the first paragraph and the headline above it
    are never taken for one.
    """
    found = {place for place, paragraph in enumerate(paragraphs) if is_furniture(paragraph)}
    found |= {
        place
        for place, paragraph in enumerate(paragraphs)
        if place > 0 and _is_teaser(paragraph, paragraphs[place + 1 : place + 2])
    }
    found |= _teasers_at_the_end(paragraphs, found)
    found |= _habitual(paragraphs, found, habits)
    return found if len(found) < len(paragraphs) else set()


def is_furniture(line: str) -> bool:
    """True for a line that is no text of any article."""
    return len(line) <= _MAX_FURNITURE and any(one(line) for one in _KINDS)


def is_call_to_subscribe(paragraph: str) -> bool:
    """True for "Ontvang de … -update", "Schrijf je in voor de nieuwsbrief" and the like."""
    return (
        len(paragraph) <= _MAX_FURNITURE
        and _SUBSCRIBE_VERB.match(paragraph) is not None
        and _SUBSCRIBE_THING.search(paragraph) is not None
    )


def _is_whole(line: str) -> bool:
    return _WHOLE.match(line) is not None


def _is_navigation(line: str) -> bool:
    """True for two or more of "Over ons | Contact | Privacy" and nothing else."""
    if line.endswith(".") or not _NAVIGATION_JOINT.search(line):
        return False
    parts = _NAVIGATION_JOINT.split(line.casefold())
    return len(parts) > 1 and all(part in _NAVIGATION for part in parts)


def _is_stamp(line: str) -> bool:
    """True for "Laatst bijgewerkt op 3 maart, 14:05"."""
    found = _STAMP.match(line)
    if found is None or len(line) > MAX_HEADING:
        return False
    return all(_STAMP_WORD.fullmatch(word.strip(",()")) for word in line[found.end() :].split())


def _is_credit(line: str) -> bool:
    """True for "Foto: ANP / Remko de Waal", not for a caption, which has words in small letters."""
    found = _CREDIT.match(line)
    if found is None or len(line) > MAX_HEADING or line.endswith((".", "!", "?")):
        return False
    words = [word for word in _CREDIT_SPLIT.split(line[found.end() :]) if word]
    limit = 3 if found["joint"].isspace() else 9
    return 0 < len(words) <= limit and all(_CREDIT_WORD.fullmatch(word) for word in words)


_KINDS: tuple[Callable[[str], bool], ...] = (
    is_section_heading,
    is_pointing_line,
    is_call_to_subscribe,
    _is_whole,
    _is_navigation,
    _is_stamp,
    _is_credit,
    is_agency_line,
)


def _is_teaser(paragraph: str, following: Sequence[str]) -> bool:
    return (
        _COUNTER.match(paragraph) is not None
        and looks_like_heading(paragraph)
        and all(looks_like_heading(one) for one in following)
    )


def _teasers_at_the_end(paragraphs: Sequence[str], found: Collection[int]) -> set[int]:
    """Headlines of other articles that end a text, under a heading that announces them."""
    teasers: set[int] = set()
    for place in range(len(paragraphs) - 1, 0, -1):
        if is_section_heading(paragraphs[place]):
            return teasers if announces_headlines(paragraphs[place]) else set()
        if place not in found:
            if not looks_like_headline(paragraphs[place]) or is_clock_line(paragraphs[place]):
                return set()
            teasers.add(place)
    return set()


def _habitual(
    paragraphs: Sequence[str], found: Collection[int], habits: Collection[str]
) -> set[int]:
    if not habits:
        return set()
    kept = [place for place in range(len(paragraphs)) if place not in found]
    first = next((place for place in kept if not looks_like_headline(paragraphs[place])), -1)
    return {place for place in kept[1:] if place > first and line_key(paragraphs[place]) in habits}
