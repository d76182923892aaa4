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
_NL = (
    r"(?:nog )?meer (?:(?:\w+ )?nieuws|berichten|artikelen)\b.{0,40}|meer (?:uit|over)\b.{0,40}"
    r"|meer van (?:deze|dit|onze|(?-i:[A-Z]))[\w ]{0,30}"
    r"|(?:meest|best) gelezen|populair|trending|net binnen|zojuist binnen"
    r"|(?:het )?laatste nieuws.{0,20}|(?:overig|ander|verder) nieuws|verder in het nieuws"
    r"|ook in het nieuws|(?:het )?nieuwsoverzicht\b.{0,40}|het nieuws van .{1,30}"
    r"|nieuwsflits(?:en)?|kort|in het kort|korte berichten|kort en bondig"
    r"|(?:kort (?:\w+ )?nieuws|nieuws uit|nieuws in het kort)\b.{0,30}"
    r"|(?:binnenlands|buitenlands|regionaal|economisch) nieuws"
    r"|(?:binnenland|buitenland|economie|sport|regio) (?:kort|in het kort)"
)
_EN = (
    r"more (?:from|on)\b.{0,30}|more (?:\w+ ){0,2}(?:news|stories|headlines)\b.{0,20}"
    r"|most (?:read|viewed|popular)|latest(?: (?:\w+ )?(?:news|headlines|stories|updates))?"
    r"|(?:in|and in) other news|other (?:\w+ )?news|also in the news|elsewhere in the news"
    r"|(?:\w+ )?(?:news )?in brief|(?:\w+ )?news briefs|news from .{1,30}"
    r"|news (?:summary|roundup|digest|bulletin)\b.{0,30}"
    r"|world briefs|top stories|headlines|just in|breaking news|(?:\w+ )?round-?up"
)
_DE = (
    r"mehr (?:zum thema|zu diesem thema|aus|news|nachrichten|meldungen|artikel)\b.{0,30}"
    r"|weitere (?:\w+ )?(?:nachrichten|meldungen|artikel|themen|news|berichte)\b.{0,30}"
    r"|kurz (?:notiert|gemeldet|berichtet|und knapp|und bündig)|(?:\w+)?kurzmeldungen|meldungen"
    r"|kurznachrichten|nachrichten (?:in kürze|aus .{1,30}|kompakt)|in kürze|nachrichtenüberblick"
    r"|(?:neueste|aktuelle|letzte|andere) (?:nachrichten|meldungen|news)|schlagzeilen"
    r"|meist ?gelesen(?:e artikel)?|aus aller welt"
)
_FR = (
    r"plus d[’'](?:actualités?|actus?|infos?|informations|articles)\b.{0,20}|plus de nouvelles"
    r"|(?:\w+ )?en bref|(?:les )?brèves|en continu|fil (?:info|infos|d[’']actualités?)"
    r"|(?:les )?dernières (?:nouvelles|infos|actualités|dépêches)|à la une"
    r"|(?:les |articles )?(?:les )?plus lus|autres (?:actualités|nouvelles|infos|titres)"
    r"|(?:(?:également|aussi) )?dans l[’']actualité|l[’']actualité en bref"
    r"|nouvelles (?:de|du|d[’']).{1,30}"
)
_ES = (
    r"(?:más|otras|últimas) (?:noticias|informaciones)\b.{0,30}|más sobre\b.{0,30}|en breve|breves"
    r"|noticias (?:breves|en breve|de .{1,30})|lo más (?:leído|visto)"
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
