"""The Dutch words of OpenTaal's list, lower-case entries only; nothing is read but what is asked.

`python -m watcher.words.dutch /usr/share/dict/dutch` packs the list of Debian's wdutch anew:
348,843 words in a trie of 1 MB that is mapped into memory, where a set of them took 0.9 s to make
and 80 MB. The licence (BSD, or CC BY 3.0) is in dutch.licence.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path

from marisa_trie import Trie

from watcher.text import fold_key

#: Every word, spelled with its accents; and what words look like without, where that is no word.
_WORDS = Path(__file__).with_name("dutch.trie")
_FOLDED = Path(__file__).with_name("dutch-folded.trie")
_ENTRY = re.compile(r"[a-zà-öø-ÿ]{2,}")


def is_word(word: str) -> bool:
    """True for an ordinary Dutch word in small letters, spelled with its accents."""
    return word in _words()


def is_folded_word(folded: str) -> bool:
    """The same for a word whose accents were folded away."""
    return folded in _words() or folded in _folded()


def all_words() -> list[str]:
    """Every word, sorted: for benchmarks."""
    return sorted(_words())


@cache
def _words() -> Trie:
    return Trie().mmap(str(_WORDS))


@cache
def _folded() -> Trie:
    return Trie().mmap(str(_FOLDED))


def pack(words: list[str]) -> tuple[Trie, Trie]:
    """The two tries of a list."""
    known = set(words)
    folded = {word if word.isascii() else fold_key(word) for word in words}
    return Trie(sorted(known)), Trie(sorted(folded - known))


def main() -> None:
    """Pack the list named on the command line."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    words, folded = pack([line for line in lines if _ENTRY.fullmatch(line)])
    words.save(str(_WORDS))
    folded.save(str(_FOLDED))


if __name__ == "__main__":
    main()
