"""Made-up news as a desk gets it, with near-copies planted in it: the seed gives the same texts.

Three in five are briefs of 30 to 60 words, the others articles of 150 to 500. Each has a cast of
its own: a place, a few people, words of its subject and numbers, which its sentences return to.
One in five is an earlier text of the last three days as another editor would bring it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.material import Language

#: Share of articles that are near-copies of an earlier one.
COPIED = 0.2
_BRIEFS = 0.6
_BRIEF_WORDS, _ARTICLE_WORDS = (30, 60), (150, 500)
_AGENCIES = ("ANP", "ANP/AFP", "ANP/RTR", "ANP/DPA", "Belga", "AFP")
_FURNITURE_TOP = ("Lees voor", "Deel dit artikel", "Foto: ANP", "Door onze redactie")
_FURNITURE_END = (
    "Lees ook: het laatste nieuws uit binnen- en buitenland",
    "Meld je aan voor onze nieuwsbrief en mis niets",
    "Heb je een tip voor de redactie? Mail ons",
    "Alle rechten voorbehouden",
)


@dataclass(frozen=True, slots=True)
class News:
    """A text with its headline first; ``original`` is the number of what it is a copy of."""

    number: int
    headline: str
    paragraphs: tuple[str, ...]
    original: int | None = None
    edit: str = ""

    @property
    def text(self) -> str:
        """Headline and paragraphs, with empty lines between them."""
        return "\n\n".join((self.headline, *self.paragraphs))


def make_news(language: Language, count: int, seed: int = 7, span: int = 5_000) -> Iterator[News]:
    """So many texts; copies are of an original among the last ``span``."""
    chance = random.Random(seed)
    originals: list[News] = []
    for number in range(count):
        if originals and chance.random() < COPIED:
            news = edited(language, chance, chance.choice(originals[-span:]), number)
        else:
            news = _written(language, chance, number)
            originals.append(news)
        yield news


def _written(language: Language, chance: random.Random, number: int) -> News:
    cast = _Cast(language, chance)
    brief = chance.random() < _BRIEFS
    words = chance.randint(*(_BRIEF_WORDS if brief else _ARTICLE_WORDS))
    sentences: list[str] = []
    while words > 0:
        length = min(max(words, 6), chance.randint(9, 20))
        sentences.append(cast.sentence(length))
        words -= length
    size = len(sentences) if brief else 4
    body = [" ".join(sentences[at : at + size]) for at in range(0, len(sentences), size)]
    body[0] = f"{cast.place.upper()} ({chance.choice(_AGENCIES)}) - {body[0]}"
    return News(number, cast.sentence(chance.randint(5, 9)).rstrip("."), tuple(body))


class _Cast:
    """Who and what a text is about."""

    def __init__(self, language: Language, chance: random.Random) -> None:
        self._language = language
        self._chance = chance
        self.place = chance.choice(language.places).capitalize()
        # A few people are in the news every day, most of them once: the square of a random
        # number favours the first of the list.
        names = [
            language.names[int(len(language.names) * chance.random() ** 2)]
            for _ in range(chance.randint(2, 4))
        ]
        self._names = [self.place, *names]
        self._subject = chance.choices(language.common[150:12_000], k=chance.randint(3, 6))
        self._numbers = [str(self._number()) for _ in range(chance.randint(1, 4))]

    def sentence(self, length: int) -> str:
        """A sentence of so many words."""
        chance = self._chance
        words = self._language.draw(chance, length)
        words[0] = words[0].capitalize()
        for pool, share in ((self._names, 0.8), (self._subject, 0.7), (self._numbers, 0.35)):
            if chance.random() < share:
                words[chance.randrange(1, length)] = chance.choice(pool)
        return " ".join(words) + "."

    def _number(self) -> int:
        return int(self._chance.choice((10, 100, 3_000)) * self._chance.random()) + 2


# --- edits -------------------------------------------------------------------------------------


def edited(language: Language, chance: random.Random, original: News, number: int) -> News:
    """An article as another editor brings it."""
    edit = chance.choice(list(EDITS))
    return replace(
        EDITS[edit](language, chance, original), number=number, original=original.number, edit=edit
    )


def _with_headline(language: Language, chance: random.Random, news: News) -> News:
    return replace(news, headline=_Cast(language, chance).sentence(7).rstrip("."))


def _cut(_language: Language, chance: random.Random, news: News) -> News:
    """The first third; of a brief, which is one paragraph, three fifths of its words."""
    if len(news.paragraphs) > 2:
        return replace(news, paragraphs=news.paragraphs[: -(-len(news.paragraphs) // 3)])
    words = news.paragraphs[0].split()
    return replace(news, paragraphs=(" ".join(words[: 3 * len(words) // 5]) + ".",))


def _garnished(_language: Language, chance: random.Random, news: News) -> News:
    top, end = chance.sample(_FURNITURE_TOP, 2), chance.sample(_FURNITURE_END, 2)
    return replace(news, paragraphs=(*top, *news.paragraphs, *end))


def _reordered(language: Language, chance: random.Random, news: News) -> News:
    if len(news.paragraphs) < 3:
        return _with_headline(language, chance, news)
    first, *rest = news.paragraphs
    return replace(news, paragraphs=(first, *chance.sample(rest, len(rest))))


def _reworded(language: Language, chance: random.Random, news: News) -> News:
    """Between 5 and 15 % of the words are others."""
    share = chance.uniform(0.05, 0.15)
    return replace(
        news,
        paragraphs=tuple(
            " ".join(
                language.draw(chance, 1)[0] if chance.random() < share else word
                for word in paragraph.split(" ")
            )
            for paragraph in news.paragraphs
        ),
    )


def _corrected(_language: Language, chance: random.Random, news: News) -> News:
    """One number is another one."""
    figures = sorted({word for word in news.text.split() if word.isdigit()})
    if not figures:
        return replace(news, headline=f"{news.headline} (2)")
    old = chance.choice(figures)
    new = str(int(old) + chance.randint(1, 9))
    paragraphs = tuple(_exchanged(each, old, new) for each in news.paragraphs)
    return replace(news, headline=_exchanged(news.headline, old, new), paragraphs=paragraphs)


def _exchanged(text: str, old: str, new: str) -> str:
    return " ".join(new if word == old else word for word in text.split(" "))


def _written_through(language: Language, chance: random.Random, news: News) -> News:
    """Another agency's dateline, a lead of its own, another headline, a few other words."""
    news = _reworded(language, chance, _with_headline(language, chance, news))
    cast = _Cast(language, chance)
    return replace(news, paragraphs=(cast.sentence(12), *news.paragraphs))


EDITS: dict[str, Callable[[Language, random.Random, News], News]] = {
    "headline": _with_headline,
    "cut": _cut,
    "furniture": _garnished,
    "reordered": _reordered,
    "reworded": _reworded,
    "figure": _corrected,
    "written-through": _written_through,
}
