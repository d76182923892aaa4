"""Headings of lists of other articles: "Meer uit Buitenland", "In other news", "Lees ook"."""

from __future__ import annotations

import re

MAX_HEADING = 130

#: A heading that points away from an article, often in the middle of one.
_POINTER = re.compile(
    r"(?:lees (?:ook|meer|verder)\b.{0,20}|zie ook|bekijk ook|ook interessant|aanbevolen.{0,12}"
    r"|gerelateerd(?:e (?:artikelen|berichten|onderwerpen|nieuws))?"
    r"|read (?:more|also|next)|see also|recommended(?: (?:for you|stories|reading))?"
    r"|related(?: (?:articles?|stories|news|topics|content|links|coverage))?|you may also like"
    r"|lesen sie (?:auch|mehr)|auch interessant|siehe auch|das könnte sie (?:auch )?interessieren"
    r"|(?:à )?lire (?:aussi|également|plus)|voir aussi|sur le même (?:sujet|thème)"
    r"|lea también|te puede interesar|noticias relacionadas|ver también)\s*[:|»›>]?\Z",
    re.IGNORECASE,
)
#: The same with the headline it points to on the line.
_POINTING = re.compile(
    r"(?:lees ook|lees verder|zie ook|bekijk ook|read (?:more|also|next)|see also|related"
    r"|lesen sie (?:auch|mehr)|siehe auch|(?:à )?lire (?:aussi|également)|voir aussi|lea también)"
    r" ?[:|»›>] ?\S.{0,140}\Z",
    re.IGNORECASE,
)
#: What may stand between "more" and "news"; not any word, or "More bad news" were a heading.
_SORT = (
    r"(?:(?:world|local|regional|national|international|foreign|domestic|business|sports?|tech|top"
    r"|related|breaking|political|financial|uk|us|binnenlands|buitenlands|lokaal|regionaal|economisch"
    r"|financieel|politiek|nationale?|internationale?) )?"
)
_NL = (
    rf"(?:nog )?meer {_SORT}nieuws(?: (?:over|uit|van|in) .{{1,30}})?"
    r"|meer (?:berichten|artikelen)(?: (?:uit|van) .{1,30})?|meer over\b.{0,40}"
    r"|meer uit (?:(?-i:[A-Z])|de (?:regio|krant|sectie)|deze|dit|onze|uw|je|binnen|buiten|econ"
    r"|sport|polit|cult|wet|tech|region).{0,30}"
    r"|meer van (?:deze|dit|onze|(?-i:[A-Z]))[\w ]{0,30}"
    r"|(?:meest|best) gelezen|populair|trending|net binnen|zojuist binnen"
    r"|(?:het )?laatste nieuws(?: (?:over|uit|van) .{1,20})?"
    r"|(?:overig|ander|verder) nieuws|(?:ook|verder) in het nieuws"
    r"|(?:het )?nieuwsoverzicht(?: (?:van )?\w{4,9}dag\b.{0,20}| van .{1,20})?"
    r"|het nieuws van (?:vandaag|gisteren|\w{4,6}dag)"
    r"|nieuwsflits(?:en)?|kort|in het kort|korte berichten|kort en bondig"
    r"|kort (?:\w+ )?nieuws(?: (?:uit|van) .{1,30})?|nieuws in het kort"
    r"|nieuws uit (?:de |het )?\S+(?: \S+)?"
    r"|(?:binnenlands|buitenlands|regionaal|economisch) nieuws"
    r"|(?:binnenland|buitenland|economie|sport|regio) (?:kort|in het kort)"
)
_EN = (
    rf"more {_SORT}(?:news|stories|headlines)(?: (?:from|on|about|in) .{{1,30}})?"
    r"|more from\b.{0,30}|more on (?:this (?:story|topic|subject)|(?-i:[A-Z])[\w ]{0,25})"
    r"|most (?:read|viewed|popular)|latest(?: (?:\w+ )?(?:news|headlines|stories|updates))?"
    rf"|(?:in|and in) other news|other {_SORT}news|also in the news|elsewhere in the news"
    r"|(?:\w+ )?(?:news )?in brief|(?:\w+ )?news briefs"
    r"|news from (?:the )?(?-i:[A-Z])\w+(?: \w+)?|news (?:summary|roundup|digest|bulletin)"
    r"|world briefs|top stories|headlines|just in|breaking news|(?:\w+ )?round-?up"
)
_DE = (
    r"mehr (?:zum thema|zu diesem thema)(?: .{1,30})?"
    rf"|mehr aus (?:de[mnr] )?(?-i:[A-Z])\w+(?: (?:&|und) \w+)?"
    rf"|(?:mehr|weitere) {_SORT}(?:nachrichten|meldungen|artikel|themen|news|berichte)"
    r"(?: (?:aus|zum|zur) .{1,30})?"
    r"|kurz (?:notiert|gemeldet|berichtet|und knapp|und bündig)|(?:\w+)?kurzmeldungen|meldungen"
    r"|kurznachrichten|nachrichten (?:in kürze|kompakt|aus (?:de[mnr] )?\S+)|in kürze"
    r"|nachrichtenüberblick|(?:neueste|aktuelle|letzte|andere) (?:nachrichten|meldungen|news)"
    r"|schlagzeilen|meist ?gelesen(?:e artikel)?|aus aller welt"
)
_FR = (
    r"plus d[’'](?:actualités?|actus?|infos?|informations|articles)(?: (?:sur|de) .{1,20})?"
    r"|plus de nouvelles|(?:\w+ )?en bref|(?:les )?brèves|en continu"
    r"|fil (?:info|infos|d[’']actualités?)"
    r"|(?:les )?dernières (?:nouvelles|infos|actualités|dépêches)|à la une"
    r"|(?:les |articles )?(?:les )?plus lus|autres (?:actualités|nouvelles|infos|titres)"
    r"|(?:(?:également|aussi) )?dans l[’']actualité|l[’']actualité en bref"
)
_ES = (
    r"(?:más|otras|últimas) (?:noticias|informaciones)(?: (?:de|sobre) .{1,30})?"
    r"|más sobre\b.{0,30}|en breve|breves|noticias (?:breves|en breve|de \S+)"
    r"|lo más (?:leído|visto)"
)
#: A heading over a list of other news.
_STRIP = re.compile(rf"(?:{_NL}|{_EN}|{_DE}|{_FR}|{_ES})\s*:?\Z", re.IGNORECASE)

#: Words that say that what follows stands elsewhere; "Kort nieuws" and "Just in" do not.
_ELSEWHERE = re.compile(
    r"(?:nog )?(?:meer|meest|best|more|most|mehr|weitere|meist|plus|les plus|más|lo más|populair"
    r"|trending|top)\b",
    re.IGNORECASE,
)

#: Names of a newspaper's sections: a heading when a brief follows directly, else a subheading.
_SECTIONS = frozenset(
    re.findall(
        r"\S+",
        """
    binnenland buitenland economie sport politiek regio cultuur wetenschap algemeen opmerkelijk
    tech media wereld europa nederland belgië vlaanderen wallonië financieel misdaad gezondheid
    world business politics sports technology science health europe asia africa americas
    entertainment international national markets economy
    inland ausland politik wirtschaft kultur wissen panorama vermischtes welt deutschland
    österreich schweiz regional gesellschaft finanzen europa
    monde politique économie société france afrique europe amériques asie culture santé
    faits-divers belgique suisse
    mundo nacional internacional economía política sociedad deportes cultura españa
    """,
    )
)


def is_section_heading(line: str) -> bool:
    """True for the heading over a list of other articles."""
    return len(line) <= MAX_HEADING and (
        _STRIP.match(line) is not None or _POINTER.match(line) is not None
    )


def is_pointer(line: str) -> bool:
    """True for "Lees ook" and the like, which stand inside articles too."""
    return len(line) <= MAX_HEADING and _POINTER.match(line) is not None


def announces_headlines(line: str) -> bool:
    """True for a heading under which pages list the headlines of articles that stand elsewhere."""
    return is_section_heading(line) and (is_pointer(line) or _ELSEWHERE.match(line) is not None)


def is_pointing_line(line: str) -> bool:
    """True for "Lees ook: Kabinet valt over asiel", a pointer with what it points to."""
    return not line.endswith(".") and _POINTING.match(line) is not None


def is_section_name(line: str) -> bool:
    """True for the bare name of a section: "Buitenland", "Wirtschaft", "World"."""
    return line.rstrip(":").casefold() in _SECTIONS
