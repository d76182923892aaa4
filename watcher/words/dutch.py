"""The Dutch words of OpenTaal's list, lower-case entries only; loaded when first asked for.

`python -m watcher.words.dutch /usr/share/dict/dutch` packs the list of Debian's wdutch anew:
348,843 words in 0.6 MB (each as the length it shares with the one before, and the rest). The
licence (BSD, or CC BY 3.0) is in dutch.licence.
"""

from __future__ import annotations

import lzma
import re
import sys
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("dutch.xz")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ENTRY = re.compile(r"[a-zà-öø-ÿ]{2,}")


@lru_cache(maxsize=1)
def load_words() -> frozenset[str]:
    """Every word, spelled with its accents; about 40 MB of memory."""
    words: list[str] = []
    word = ""
    for line in lzma.decompress(_FILE.read_bytes()).decode("utf-8").split("\n"):
        word = word[: _DIGITS.index(line[0])] + line[1:]
        words.append(word)
    return frozenset(words)


def pack(words: list[str]) -> bytes:
    """The packed form of a sorted list."""
    lines: list[str] = []
    last = ""
    for word in words:
        shared = 0
        while shared < min(len(last), len(word), 35) and last[shared] == word[shared]:
            shared += 1
        lines.append(_DIGITS[shared] + word[shared:])
        last = word
    return lzma.compress("\n".join(lines).encode("utf-8"), preset=9 | lzma.PRESET_EXTREME)


def main() -> None:
    """Pack the list named on the command line."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    _FILE.write_bytes(pack(sorted({line for line in lines if _ENTRY.fullmatch(line)})))


if __name__ == "__main__":
    main()
