"""Word forms, generated when rules are compiled: text is never stemmed.

Regular patterns of Dutch plus a table of irregular ones; English and German by their commonest
endings. A form too many costs nothing unless the text has it, so the patterns are generous; a
form that the word list knows nothing of is kept out where the list knows the word itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from watcher.words.dutch import is_word

_VOWELS = "aeiouyàáâäèéêëìíîïòóôöùúûü"
_SHORT = re.compile(rf"(?:^|[^{_VOWELS}])[aeiou][bdfgklmnprst]\Z")
_LONG = re.compile(r"(aa|ee|oo|uu)([bdfgklmnprst]|ch)\Z")
_PLURALS = {
    "schip": "schepen", "lid": "leden", "stad": "steden", "kind": "kinderen", "ei": "eieren",
    "blad": "bladeren", "lied": "liederen", "volk": "volkeren", "rund": "runderen",
    "goed": "goederen", "been": "beenderen", "kalf": "kalveren", "lam": "lammeren",
    "spit": "speten", "smid": "smeden", "weg": "wegen", "dag": "dagen", "slag": "slagen",
    "oorlog": "oorlogen", "gebod": "geboden", "verbod": "verboden", "hof": "hoven",
    "god": "goden", "gat": "gaten", "glas": "glazen", "graf": "graven", "dak": "daken",
    "vat": "vaten", "bad": "baden", "pad": "paden", "bevel": "bevelen", "gebed": "gebeden",
    "hertog": "hertogen", "oog": "ogen", "museum": "musea", "datum": "data", "koe": "koeien",
    "politicus": "politici", "medicus": "medici", "criticus": "critici", "chaos": "",
    "crisis": "crises", "basis": "bases", "analyse": "analyses", "Rus": "Russen",
    "vlo": "vlooien", "zoon": "zonen", "leraar": "leraren", "rad": "raderen", "schot": "schoten",
    "slot": "sloten", "lot": "loten", "spel": "spelen", "staf": "staven", "dal": "dalen",
    "gebrek": "gebreken", "verlof": "verloven", "tijdperk": "tijdperken", "vakbond": "vakbonden",
}  # fmt: skip
_IRREGULAR = tuple(_PLURALS)
#: Verbs that begin so have no ge- in their participle.
_PREFIXES = ("be", "ge", "ver", "ont", "her", "er")
#: Infinitive: past singular, past plural, past participle without ge.
_VERBS = {
    "treden": ("trad", "traden", "getreden"), "trekken": ("trok", "trokken", "getrokken"),
    "geven": ("gaf", "gaven", "gegeven"), "nemen": ("nam", "namen", "genomen"),
    "vallen": ("viel", "vielen", "gevallen"), "houden": ("hield", "hielden", "gehouden"),
    "gaan": ("ging", "gingen", "gegaan"), "staan": ("stond", "stonden", "gestaan"),
    "komen": ("kwam", "kwamen", "gekomen"), "brengen": ("bracht", "brachten", "gebracht"),
    "breken": ("brak", "braken", "gebroken"), "sluiten": ("sloot", "sloten", "gesloten"),
    "roepen": ("riep", "riepen", "geroepen"), "schrijven": ("schreef", "schreven", "geschreven"),
    "wijzen": ("wees", "wezen", "gewezen"), "spreken": ("sprak", "spraken", "gesproken"),
    "lopen": ("liep", "liepen", "gelopen"), "kiezen": ("koos", "kozen", "gekozen"),
    "vliegen": ("vloog", "vlogen", "gevlogen"), "schieten": ("schoot", "schoten", "geschoten"),
    "zetten": ("zette", "zetten", "gezet"), "stellen": ("stelde", "stelden", "gesteld"),
    "leggen": ("legde", "legden", "gelegd"), "liggen": ("lag", "lagen", "gelegen"),
    "doen": ("deed", "deden", "gedaan"), "zien": ("zag", "zagen", "gezien"),
    "laten": ("liet", "lieten", "gelaten"), "vangen": ("ving", "vingen", "gevangen"),
    "dringen": ("drong", "drongen", "gedrongen"), "springen": ("sprong", "sprongen", "gesprongen"),
    "blijven": ("bleef", "bleven", "gebleven"), "rijden": ("reed", "reden", "gereden"),
    "snijden": ("sneed", "sneden", "gesneden"), "bieden": ("bood", "boden", "geboden"),
    "zeggen": ("zei", "zeiden", "gezegd"), "werpen": ("wierp", "wierpen", "geworpen"),
    "treffen": ("trof", "troffen", "getroffen"), "slaan": ("sloeg", "sloegen", "geslagen"),
    "dragen": ("droeg", "droegen", "gedragen"), "vragen": ("vroeg", "vroegen", "gevraagd"),
    "heffen": ("hief", "hieven", "geheven"), "stijgen": ("steeg", "stegen", "gestegen"),
    "drijven": ("dreef", "dreven", "gedreven"), "lijden": ("leed", "leden", "geleden"),
    "binden": ("bond", "bonden", "gebonden"), "vinden": ("vond", "vonden", "gevonden"),
    "winnen": ("won", "wonnen", "gewonnen"), "zenden": ("zond", "zonden", "gezonden"),
    "kopen": ("kocht", "kochten", "gekocht"), "denken": ("dacht", "dachten", "gedacht"),
    "zoeken": ("zocht", "zochten", "gezocht"), "steken": ("stak", "staken", "gestoken"),
    "helpen": ("hielp", "hielpen", "geholpen"), "hangen": ("hing", "hingen", "gehangen"),
    "lezen": ("las", "lazen", "gelezen"), "eten": ("at", "aten", "gegeten"),
    "schenden": ("schond", "schonden", "geschonden"), "weten": ("wist", "wisten", "geweten"),
    "verliezen": ("verloor", "verloren", "verloren"),
    "sterven": ("stierf", "stierven", "gestorven"), "raden": ("raadde", "raadden", "geraden"),
    "zwijgen": ("zweeg", "zwegen", "gezwegen"), "smelten": ("smolt", "smolten", "gesmolten"),
    "zinken": ("zonk", "zonken", "gezonken"), "stelen": ("stal", "stalen", "gestolen"),
    "liegen": ("loog", "logen", "gelogen"), "graven": ("groef", "groeven", "gegraven"),
    "scheiden": ("scheidde", "scheidden", "gescheiden"), "zitten": ("zat", "zaten", "gezeten"),
    "duiken": ("dook", "doken", "gedoken"), "buigen": ("boog", "bogen", "gebogen"),
    "wegen": ("woog", "wogen", "gewogen"), "moorden": ("moordde", "moordden", "gemoord"),
}  # fmt: skip
_ADJECTIVE_ENDINGS = (
    "ig", "lijk", "isch", "baar", "loos", "zaam", "achtig", "eel", "aal", "ief", "eus", "air",
)  # fmt: skip
PARTICLES = frozenset(
    [
        "aan", "achter", "af", "bij", "binnen", "boven", "dicht", "door", "goed", "heen", "in",
        "langs", "los", "mee", "mede", "na", "neer", "om", "onder", "op", "open", "over",
        "plaats", "rond", "samen", "stil", "stop", "tegen", "terug", "thuis", "toe", "tussen",
        "uit", "vast", "voor", "voorbij", "vrij", "plat", "leeg", "klem", "vol", "dood", "stuk",
        "bekend", "weg", "klaar", "kwijt", "deel", "bloot", "buiten", "voort",
    ]
)  # fmt: skip


def word_forms(word: str, language: str) -> tuple[str, ...]:
    """The other forms of a word, without itself: plural, inflection, genitive."""
    if len(word) < 2 or not word[-1].isalpha():
        return ()
    generate = _GENERATORS.get(language)
    if generate is None:
        return ()
    found = dict.fromkeys(form for form in generate(word) if form and form != word)
    if language == "nl" and is_word(word):
        # The list knows the word, so it knows its forms: premiere is none of premier.
        return tuple(form for form in found if is_word(form) or "'" in form)
    return tuple(found)


# --- Dutch ---------------------------------------------------------------------------------------


def _dutch(word: str) -> Iterator[str]:
    if word.isupper():
        # The plural and the genitive of an acronym: F16's, BV's.
        yield word + "'s"
        return
    if word[0].isupper():
        yield from _dutch_name(word)
        return
    irregular = _irregular(word)
    if irregular:
        yield word[: len(word) - len(irregular)] + _PLURALS[irregular]
        yield _diminutive(word)
        yield _diminutive(word) + "s"
        return
    if word.endswith("en") and _is_verb(word):
        yield from _dutch_verb(word)
        return
    yield from _dutch_plural(word)
    yield from _dutch_adjective(word)


def _irregular(word: str) -> str:
    """The irregular noun that this word is, or is a compound of; "" for most words."""
    if not word.endswith(_IRREGULAR):
        return ""
    return next((noun for noun in _IRREGULAR if _ends_in(word, noun)), "")


def _ends_in(word: str, noun: str) -> bool:
    """True for the noun itself and its compounds: verbod, invoerverbod; not vlam for lam."""
    if not word.endswith(noun):
        return False
    before = word[: len(word) - len(noun)]
    return not before or (len(before) > 2 and (is_word(before) or is_word(before[:-1])))


def _dutch_name(word: str) -> Iterator[str]:
    """Genitive (Poetins, Oekraïnes, Zelensky's); inhabitants and adjectives bend too."""
    if word in _PLURALS:
        yield _PLURALS[word]
    if word[-1] in "sxz":
        yield word + "'"
    else:
        yield word + "s"
    if word[-1] in "aiouy":
        yield word + "'s"
    if word.endswith("ees"):
        yield word[:-3] + "ese"  # Chinees, Chinese
    elif word.endswith(("ns", "ks", "rs", "ts", "ls", "isch", "ds")):
        yield word + "e"  # Oekraïens, Oekraïense; Turks, Turkse; Russisch, Russische
    if word.endswith(("k", "g", "t", "n", "r", "p", "d")) and len(word) < 12:
        yield _open_syllable(word) + "en"  # Turk, Turken; Belg, Belgen; Brit, Britten


def _is_verb(word: str) -> bool:
    return word in _VERBS or _strong(word) != ("", "") or _stem_is_verb(word)


@lru_cache(maxsize=10_000)
def _stem_is_verb(word: str) -> bool:
    stem = _stem(word)
    ends = "" if stem.endswith(("t", "d")) else "t" if _voiceless(word) else "d"
    known = {f"ge{stem}{ends}", f"geë{stem[1:]}{ends}", f"{stem}te", f"{stem}de"}
    return any(map(is_word, known))


def _open_syllable(word: str) -> str:
    """The word as it is before -en: straat, strat-; brief, briev-; bom, bomm-."""
    long = _LONG.search(word)
    if long:
        stem = word[: long.start()] + long[1][0] + long[2]
    elif _SHORT.search(word):
        return word + word[-1]
    else:
        stem = word
    if stem.endswith("f") and word[-2:-1] in "aeioulruwj":
        return stem[:-1] + "v"
    return stem


#: Endings of singulars, and what plurals end in instead ("+": behind the whole word).
_ENDINGS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("heid",), ("-heden",)),
    (("ie",), ("+s", "+ën", "-iën")),
    (("ee",), ("+ën", "+s")),
    (("é",), ("+s",)),
    (("um",), ("-a", "+s")),
    (("us",), ("+sen", "-i")),
)


def _dutch_plural(word: str) -> Iterator[str]:
    regular = True
    for endings, plurals in _ENDINGS:
        ending = next((one for one in endings if word.endswith(one)), "")
        if ending:
            bare = word[: len(word) - len(ending)]
            yield from (bare + one[1:] if one[0] == "-" else word + one[1:] for one in plurals)
            regular = False
    if word[-1] in "aiouy" and not word.endswith(("oe", "eeu", "ieu", "ui", "ei", "ij")):
        yield word + "'s"
        yield word + "s"
    elif regular:
        yield from _regular_plural(word)
    small = _diminutive(word)
    yield small
    yield small + "s"


def _regular_plural(word: str) -> Iterator[str]:
    yield _open_syllable(word) + "en"
    if not _SHORT.search(word) or not is_word(_open_syllable(word) + "en"):
        # The stress is elsewhere: middelen, motoren, bedragen; not bomen for bom.
        yield word + "en"
    if word[-1] not in "aeiou" and is_word(word + word[-1] + "en"):
        yield word + word[-1] + "en"  # spionnen
    if word.endswith("s"):
        yield from (word + "sen", word[:-1] + "zen", _open_syllable(word)[:-1] + "zen")
        yield word[:-2] + "es"
    elif not word.endswith(("x", "z")):
        yield word + "s"
    if word.endswith(("e", "er", "el", "em", "en", "or", "aar", "eur")):
        yield word + "n"


def _diminutive(word: str) -> str:
    if word.endswith(("m", "em")) and not _SHORT.search(word):
        return word + "pje"
    if word[-1] in "aeiouylnrw" or word.endswith("eeu"):
        return word + ("etje" if _SHORT.search(word) and word[-1] not in "r" else "tje")
    return word + "je"


def _dutch_adjective(word: str) -> Iterator[str]:
    """Inflection and comparison, of what the list can compare: coupe is no form of coup."""
    opened = _open_syllable(word)
    comparable = is_word(word + "st") and (is_word(opened + "er") or is_word(word + "der"))
    nominal = is_word(_diminutive(word)) or is_word(opened + "en")
    if not comparable and not word.endswith(_ADJECTIVE_ENDINGS) and (len(word) < 5 or nominal):
        return
    bends = [opened + "e", word + "e", word[:-1] + "ve", word[:-1] + "ze"]
    if word.endswith("eel"):
        bends.append(word[:-3] + "ële")
    for bent in bends:
        yield bent
        yield bent + "n"
    yield from (opened + "er", opened + "ere", word + "der", word + "st", word + "ste")


def _stem(verb: str) -> str:
    """The stem of a regular verb: staken, staak; leven, leef; stellen, stel."""
    bare = verb[:-2]
    if verb.endswith("eren") and is_word(verb[:-4] + "eert"):
        return verb[:-4] + "eer"  # evacueren, evacueer; not weigeren, weiger
    if len(bare) > 2 and bare[-1] == bare[-2] and bare[-1] not in "aeiou":
        return bare[:-1]
    if re.search(r"(?:^|[^aeiou])[aeou][bcdfgklmnprstvz]\Z", bare) and not re.search(
        r"[^aeiou]e[lnr]\Z", bare
    ):
        bare = bare[:-1] + bare[-2] + bare[-1]
    return {"v": bare[:-1] + "f", "z": bare[:-1] + "s"}.get(bare[-1:], bare)


def _voiceless(verb: str) -> bool:
    return verb[:-2].endswith(("t", "k", "f", "s", "ch", "p", "x"))


def _dutch_verb(verb: str) -> Iterator[str]:
    yield from finite_forms(verb)
    yield _participle(verb)
    yield _participle(verb) + "e"
    yield verb + "d"
    yield verb + "de"


def _participle(verb: str) -> str:
    if verb in _VERBS:
        return _VERBS[verb][2]
    prefix, strong = _strong(verb)
    if strong:
        return prefix + _VERBS[strong][2].removeprefix("ge")
    stem = _stem(verb)
    end = "" if stem.endswith(("t", "d")) else "t" if _voiceless(verb) else "d"
    if verb.startswith(_PREFIXES):
        return f"{stem}{end}"
    return f"geë{stem[1:]}{end}" if stem[0] == "e" else f"ge{stem}{end}"


def _strong(verb: str) -> tuple[str, str]:
    """Prefix and strong verb of ontvangen, verbieden, overlijden; two times "" for others."""
    for prefix in (*_PREFIXES, "over", "onder"):
        if verb.startswith(prefix) and verb[len(prefix) :] in _VERBS:
            return prefix, verb[len(prefix) :]
    return "", ""


def finite_forms(verb: str) -> tuple[str, ...]:
    """The finite forms of a verb: treed, treedt, treden, trad, traden."""
    stem = _stem(verb) if not verb.endswith(("aan", "oen", "ien")) else verb[:-1]
    found = [verb, stem, stem if stem.endswith("t") else stem + "t"]
    prefix, strong = _strong(verb)
    if verb in _VERBS:
        found += _VERBS[verb][:2]
    elif strong:
        found += [prefix + form for form in _VERBS[strong][:2]]
    else:
        past = stem + ("te" if _voiceless(verb) else "de")
        found += [past, past + "n"]
    return tuple(dict.fromkeys(found))


def is_separable(left: str, right: str) -> bool:
    """True for a particle and a verb: toe|treden."""
    return left.casefold() in PARTICLES and (
        right in _VERBS or (right.endswith("en") and _is_verb(right))
    )


def joined_forms(particle: str, verb: str) -> tuple[str, ...]:
    """The forms that are written together, the infinitive first: toetreden, toegetreden."""
    participle = _participle(verb)
    forms = [
        verb, *(form for form in finite_forms(verb) if form != verb), participle, participle + "e",
        verb + "d", verb + "de",
    ]  # fmt: skip
    together = [particle + form for form in forms]
    return (together[0], *together[1:], f"{particle} te {verb}", f"{particle}te{verb}")


# --- English and German --------------------------------------------------------------------------


def _english(word: str) -> Iterator[str]:
    if word.isupper():
        yield word + "s"
        return
    yield word + "'s"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        yield word + "es"
    elif word.endswith("y") and word[-2] not in "aeiou":
        yield word[:-1] + "ies"
    else:
        yield word + "s"
    if word[0].islower():
        bare = word[:-1] if word.endswith("e") else word
        double = word + word[-1] if re.search(r"[^aeiou][aeiou][bdgklmnprt]\Z", word) else ""
        for stem in filter(None, (bare, double)):
            yield stem + "ed"
            yield stem + "ing"


def _german(word: str) -> Iterator[str]:
    for ending in ("e", "en", "er", "ern", "es", "s", "n", "em"):
        if not (word.endswith("e") and ending.startswith("e")):
            yield word + ending


_GENERATORS = {"nl": _dutch, "en": _english, "de": _german}
