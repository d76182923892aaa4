"""What analysts read when a rule file has a mistake: every sentence, in English and Dutch.

One table, so that a translator sees all of it. The code stands in brackets behind "error".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from watcher.errors import Problem

#: code: (level, English, Dutch). E1 YAML, E2 structure, E3 references, E4 terms, E5 tests.
SENTENCES: dict[str, tuple[str, str, str]] = {
    "E100": ("error", "cannot read this file: {why}", "kan dit bestand niet lezen: {why}"),
    "E101": ("error", "this is not valid YAML: {why}", "dit is geen geldige YAML: {why}"),
    "E102": (
        "error",
        'put quotes round it: "{value}" means something else to YAML without them',
        'zet er aanhalingstekens om: "{value}" betekent in YAML iets anders zonder',
    ),
    "E103": (
        "error",
        "this line is indented with a tab; use spaces",
        "deze regel springt in met een tab; gebruik spaties",
    ),
    "E104": (
        "error",
        "anchors (&) and aliases (*) are refused; use define: for what is shared, and put "
        "quotes round a term that begins with * or &",
        "ankers (&) en aliassen (*) mogen niet; gebruik define: voor wat gedeeld wordt, en zet "
        "aanhalingstekens om een term die met * of & begint",
    ),
    "E105": (
        "error",
        "this file is larger than 1 MiB; split it",
        "dit bestand is groter dan 1 MiB; splits het",
    ),
    "E106": (
        "error",
        "this is nested deeper than 20 levels",
        "dit is dieper genest dan 20 niveaus",
    ),
    "E107": (
        "error",
        'duplicate key: "{key}" stands here twice (first in line {first})',
        'dubbele sleutel: "{key}" staat hier twee keer (eerst in regel {first})',
    ),
    "E108": (
        "error",
        'put quotes round it: with ": " in it, YAML reads a key and a value',
        'zet er aanhalingstekens om: door ": " leest YAML een sleutel met een waarde',
    ),
    "E201": ("error", 'unknown key "{key}"{where}', 'onbekende sleutel "{key}"{where}'),
    "E203": ("error", "{what} must be {kind}", "{what} moet {kind} zijn"),
    "E204": ("error", '"{key}" is missing{where}', '"{key}" ontbreekt{where}'),
    "E205": (
        "error",
        '"{value}" is no {key}; choose from {choices}',
        '"{value}" is geen {key}; kies uit {choices}',
    ),
    "E206": ("error", "{what} is empty", "{what} is leeg"),
    "E207": (
        "error",
        'the id "{value}" may only hold small letters, digits and hyphens',
        'de id "{value}" mag alleen kleine letters, cijfers en koppeltekens bevatten',
    ),
    "E208": (
        "error",
        "a rule file is a mapping with version:, defaults:, entities:, define: or rules:",
        "een regelbestand is een mapping met version:, defaults:, entities:, define: of rules:",
    ),
    "E209": (
        "error",
        "version {value} of the rule language is not known; this news-watcher knows version 1",
        "versie {value} van de regeltaal is onbekend (version); deze news-watcher kent versie 1",
    ),
    "E210": (
        "error",
        '{key} must be a date like 2027-06-01, not "{value}"',
        '{key} moet een datum zijn zoals 2027-06-01, niet "{value}"',
    ),
    "E211": (
        "error",
        "one condition has one of {known}; this has {found}",
        "een voorwaarde heeft één van {known}; deze heeft {found}",
    ),
    "E301": (
        "error",
        'the {kind} "{value}" stands nowhere in the rule files',
        '{kind} "{value}" staat nergens in de regelbestanden',
    ),
    "E302": (
        "error",
        'the definition "{value}" contains itself ({path}): a circle',
        'de definitie "{value}" bevat zichzelf ({path}): een kringetje',
    ),
    "E303": (
        "error",
        '{kind} "{value}" is used twice; the other one is in {other}',
        '{kind} "{value}" is twee keer gebruikt; de andere staat in {other}',
    ),
    "E304": (
        "error",
        'the channel "{value}" is not in the configuration',
        'het kanaal "{value}" staat niet in de configuratie',
    ),
    "E401": ("error", "this term is empty", "deze term is leeg (empty)"),
    "E402": (
        "error",
        'a wildcard needs at least 3 letters beside the star, "{value}" has {count}',
        'bij een sterretje horen minstens 3 letters, "{value}" heeft er {count}',
    ),
    "E403": (
        "error",
        '"{value}" has no letter or digit to look for',
        '"{value}" heeft geen letter of cijfer om naar te zoeken',
    ),
    "E409": (
        "error",
        'a seam has one bar with a part on each side, like import|verbod; "{value}" has not',
        'een naad heeft één streep met aan elke kant een deel, zoals import|verbod; "{value}" niet',
    ),
    "E405": (
        "error",
        "this query cannot be read: expected {why}",
        "deze zoekvraag is niet te lezen: hier wordt verwacht: {why}",
    ),
    "E406": (
        "error",
        "a quote in this query is not closed",
        "een aanhalingsteken in deze zoekvraag wordt niet gesloten (quote)",
    ),
    "E407": (
        "error",
        'a query knows no field "{value}"; it knows title:, lead: and body:',
        'een zoekvraag kent geen veld "{value}"; wel title:, lead: en body:',
    ),
    "E408": (
        "error",
        "this regular expression is refused: {why}; only what runs in linear time is allowed, so "
        "no look-ahead, look-behind or back-references",
        "deze reguliere expressie mag niet: {why}; alleen wat in lineaire tijd (linear) loopt mag, "
        "dus geen look-ahead, look-behind of terugverwijzing (back-reference)",
    ),
    "E212": (
        "error",
        "{key} must be a whole number of at least {least}",
        "{key} moet een geheel getal van minstens {least} zijn",
    ),
    "E213": (
        "error",
        "{key} needs at least two conditions",
        "bij {key} horen minstens twee (two) voorwaarden",
    ),
    "E214": (
        "error",
        "at_least: {count} can never hold: there are only {there}",
        "at_least: {count} kan nooit: er zijn er maar {there}",
    ),
    "E215": (
        "error",
        '{key} must be true or false, not "{value}"',
        '{key} moet true of false zijn, niet "{value}"',
    ),
    "E216": (
        "error",
        '{key} must be a duration like "5m" or "24h", not "{value}"',
        '{key} moet een duur zijn zoals "5m" of "24h" (duration), niet "{value}"',
    ),
    "E217": (
        "error",
        '"{key}" only stands beside one of {known}',
        '"{key}" staat alleen naast een van {known}',
    ),
    "E220": (
        "error",
        'max must be a number in a time like "3/1h", not "{value}"',
        'max moet een aantal per tijd zijn zoals "3/1h", niet "{value}"',
    ),
    "E221": (
        "error",
        'digest must be times like "08:30" or "mon-fri 16:00", not "{value}"',
        'digest moet tijden noemen zoals "08:30" of "ma-vr 16:00" (mon-fri), niet "{value}"',
    ),
    "E222": (
        "error",
        'quiet must be hours like "23:00-07:00" or "sat-sun 00:00-24:00", or none, not "{value}"',
        'quiet moet uren noemen zoals "23:00-07:00" of "za-zo 00:00-24:00" (hours), of none, niet'
        ' "{value}"',
    ),
    "E223": (
        "error",
        "{key} must be between {least} and {most}",
        "{key} moet tussen {least} en {most} liggen (between)",
    ),
    "E224": (
        "error",
        "a rule has one of when, spike and silence; this has {found}: make two rules of it",
        "een regel heeft één (one) van when, spike en silence; deze heeft {found}: maak er twee"
        " regels van",
    ),
    "E225": (
        "error",
        'factor must be a number above 1, like 3 or 2.5, not "{value}"',
        'factor moet een getal boven 1 (above 1) zijn, zoals 3 of 2.5, niet "{value}"',
    ),
    "E501": ("error", "the file {value} does not exist", "het bestand {value} bestaat niet"),
    "E502": ("error", "test failed: {why}", "test mislukt: {why}"),
    "W101": (
        "warning",
        'the rule "{value}" has no tests',
        'de regel "{value}" heeft geen tests',
    ),
    "W103": ("warning", "a test could not be run: {why}", "een test kon niet draaien: {why}"),
    "W102": (
        "warning",
        'the review date of "{value}" ({date}) has passed',
        'de controledatum van "{value}" ({date}) is voorbij',
    ),
    "W104": (
        "warning",
        '"{value}" is found by "{other}" anyway',
        '"{value}" wordt door "{other}" al gevonden',
    ),
    "W105": (
        "warning",
        'the wildcard "{value}" has only three letters: it finds a lot',
        'bij het sterretje in "{value}" staan maar drie letters: dat vindt veel',
    ),
    "W106": (
        "warning",
        '"{value}" is a compound that may be written apart; with a seam that is found: {seam}',
        '"{value}" is een samenstelling die ook los kan staan; met een naad vindt u dat: {seam}',
    ),
    "W107": (
        "warning",
        'the acronym "{value}" is an ordinary word too: in a line of capitals it is not found',
        'het letterwoord "{value}" is ook een gewoon woord: in een regel met alleen hoofdletters '
        "wordt het niet gevonden",
    ),
    "W108": (
        "warning",
        '"{value}" is short, and compounds are on: it stands in many other words',
        '"{value}" is kort en samenstellingen staan aan: het zit in veel andere woorden',
    ),
    "W109": (
        "warning",
        'none: rules out "{value}", which the same condition asks for',
        'none: sluit "{value}" uit, waar dezelfde voorwaarde om vraagt',
    ),
    "W110": (
        "warning",
        "{value} is also found in {name} of {other}; put that under not:",
        "{value} wordt ook gevonden in {name} van {other}; zet dat onder not:",
    ),
    "W111": ("warning", "{value} is used by no rule", "{value} wordt door geen regel gebruikt"),
    "W112": (
        "warning",
        'the rule "{value}" has the same condition as "{other}"',
        'de regel "{value}" heeft dezelfde voorwaarde als "{other}"',
    ),
    "W114": (
        "warning",
        'the channel "{channel}" takes only severer alerts than those of "{value}"',
        'het kanaal "{channel}" neemt alleen zwaardere meldingen aan dan die van "{value}"',
    ),
    "W113": (
        "warning",
        "the regular expression {value} has no plain letters: every article must be searched",
        "de reguliere expressie {value} heeft geen vaste letters: zij moet elk artikel doorzoeken",
    ),
}


class Report:
    """Collects the problems of one file, in one language."""

    def __init__(self, file: str, text: str, language: str = "en") -> None:
        self.file = file
        self.language = language
        self.problems: list[Problem] = []
        #: The lines of the file, for carets.
        self.lines = text.splitlines()

    def add(self, code: str, line: int, column: int, *, hint: str = "", **values: object) -> None:
        """Add a problem at a line and column, both counted from 1."""
        self.problems.append(
            make_problem(
                code,
                self.file,
                line,
                column,
                language=self.language,
                source_line=self.lines[line - 1] if 0 < line <= len(self.lines) else "",
                hint=hint,
                **values,
            )
        )


def make_problem(
    code: str,
    file: str,
    line: int = 0,
    column: int = 0,
    *,
    language: str = "en",
    source_line: str = "",
    hint: str = "",
    **values: object,
) -> Problem:
    """One problem with its sentence from the table."""
    level, english, dutch = SENTENCES[code]
    sentence = (dutch if language == "nl" else english).format(**values)
    return Problem(
        file=file,
        line=line,
        column=column,
        code=code,
        level=level,
        message=sentence,
        hint=hint,
        source_line=source_line,
    )


def did_you_mean(word: str, known: Iterable[str], language: str = "en") -> str:
    """A hint with the likeliest known word, or with all of them when there are few."""
    words = sorted(known)
    close = difflib.get_close_matches(word.casefold(), words, n=1, cutoff=0.6)
    if close:
        question = "bedoelde u" if language == "nl" else "did you mean"
        return f'{question} "{close[0]}"?'
    if 0 < len(words) <= 12:
        return ("bekend: " if language == "nl" else "known: ") + ", ".join(words)
    return ""


def show_problem(problem: Problem) -> str:
    """A problem as it stands on the screen: place, sentence, source line, caret, suggestion."""
    place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
    lines = [f"{place}: {problem.level} [{problem.code}] {problem.message}"]
    if problem.source_line:
        number = f"{problem.line:>5} | "
        lines.append(number + problem.source_line.expandtabs(1))
        lines.append(" " * (len(number) - 2) + "| " + " " * (problem.column - 1) + "^")
    if problem.hint:
        lines.append(f"        {problem.hint}")
    return "\n".join(lines)


def sort_problems(problems: Iterable[Problem]) -> Sequence[Problem]:
    """Problems in the order in which a person mends them: file, line, column."""
    return sorted(problems, key=lambda one: (one.file, one.line, one.column, one.code))
