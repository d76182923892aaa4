"""A rule's explanation on the terminal, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from watcher.cli.output import hit_json, plain
from watcher.cli.phrases import Speaker
from watcher.model import Article, Hit
from watcher.rules.causes import Cause, Span, say
from watcher.rules.explain import Explanation
from watcher.rules.misses import ABSENT
from watcher.rules.outline import Node
from watcher.sentences import sentence_around
from watcher.text import fold_key

#: Sentences shown with a rule, and words with a condition.
_SENTENCES, _WORDS = 3, 8
#: Sentences further apart than this are shown as two.
_TOGETHER = 60


def lines_of(one: Explanation, article: Article, speak: Speaker) -> Iterator[str]:
    """A rule with its verdict, its nearest miss or its sentences, and its tree."""
    yield head_of(one, speak)
    if one.status is not None:
        yield f"    ! {say(one.status, speak.language)}"
    if one.cause is not None:
        yield f"    {plain(say(one.cause, speak.language))}"
    yield from (f"      “{each}”" for each in shown(article, places_of(one)))
    for node in one.where:
        yield _line(node, 1, node.label, speak)
    yield from _tree(one.tree, 1, speak, said=one.cause)


def places_of(one: Explanation) -> Sequence[Span]:
    """Where the words stand that made the rule match, or nearly."""
    if one.cause is not None:
        return one.cause.all_places()
    return [(hit.start, hit.end) for hit in one.tree.hits]


def head_of(one: Explanation, speak: Speaker) -> str:
    """Mark, id, title, severity and place of the rule."""
    info = one.rule.info
    verdict = speak("matches" if one.holds else "no match")
    title = f"{plain(info.title)} " if info.title != info.id else ""
    about = f"{title}({info.severity.value}, {info.file}:{one.rule.line})"
    return f"{_mark(one.holds)} {info.id}: {verdict}  {about}"


def near_line(one: Explanation, speak: Speaker) -> str:
    """A rule that nearly matches, on one line."""
    assert one.cause is not None
    return f"{_mark(False)} {one.rule.info.id}: {plain(say(one.cause, speak.language))}"


def shown(article: Article, places: Sequence[Span]) -> list[str]:
    """The sentences around some places, with what stands there marked; few of them."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(set(places)):
        low, high = sentence_around(article.text, 0, start, end)
        if start < article.headline_end:
            high = min(high, article.headline_end)
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(high, spans[-1][1]))
        else:
            spans.append((low, high))
    return [plain(_marked(article.text, span, places)) for span in spans[:_SENTENCES]]


def _marked(text: str, span: Span, places: Sequence[Span]) -> str:
    marked, last = "", span[0]
    for start, end in sorted(set(places)):
        if last <= start and end <= span[1]:
            marked += f"{text[last:start]}»{text[start:end]}«"
            last = end
    return marked + text[last : span[1]]


# --- the tree ------------------------------------------------------------------------------------


def _tree(node: Node, depth: int, speak: Speaker, *, said: Cause | None = None) -> Iterator[str]:
    """A condition and what is under it; of a list only the words that say something.

    ``said`` is the cause that stands above the tree.
    """
    if node.kind in {"except", "not"}:
        yield from _masked(node, depth, speak, said)
        return
    if node.cause is not None and node.cause == said:
        yield "  " * depth + f"{_mark(False)} {plain(_name(node))}"
    else:
        yield _line(node, depth, _name(node), speak)
    shown = [child for child in node.children if _is_shown(child, node)]
    for child in shown:
        yield from _tree(child, depth + 1, speak)
    left = len(node.children) - len(shown)
    if left and shown and not node.holds:
        yield "  " * (depth + 1) + "· " + speak("others", count=left)


def _masked(node: Node, depth: int, speak: Speaker, said: Cause | None) -> Iterator[str]:
    """What is looked for, and then what does not count."""
    (child,) = node.children
    yield from _tree(replace(child, name=node.name or child.name), depth, speak, said=said)
    inner = depth + 1 if node.kind == "not" else depth
    yield "  " * inner + f"· {node.kind}: {plain(node.label)}"


def _is_shown(child: Node, node: Node) -> bool:
    if node.kind != "any":
        return True
    if node.holds:
        # Of a word that is written as the rule has it, the list has said enough.
        same = {fold_key(hit.text) for hit in child.hits} <= {fold_key(child.label)}
        return child.holds and not (child.kind == "term" and same)
    return child.cause is not None and child.cause.code not in ABSENT


def _line(node: Node, depth: int, name: str, speak: Speaker) -> str:
    line = "  " * depth + _mark(node.holds)
    if node.holds:
        found = _found(node.hits, speak)
        return f"{line} {plain(name)}: {found}" if found else f"{line} {plain(name)}"
    assert node.cause is not None
    # What a part says of itself need not be said of the whole too.
    if any(_says_the_same(child.cause, node.cause) for child in node.children):
        return f"{line} {plain(name)}"
    sentence = plain(say(node.cause, speak.language))
    begins = (node.kind, node.label, "NOT")
    own = not node.name and (sentence.startswith(begins) or node.cause.code == "absent-all")
    return f"{line} {sentence}" if own else f"{line} {plain(name)}: {sentence}"


def _says_the_same(one: Cause | None, other: Cause) -> bool:
    return one is not None and (one.code, one.values) == (other.code, other.values)


def _name(node: Node) -> str:
    if node.kind == "term":
        return f'"{node.label}"'
    if node.name:
        return node.name
    return f"{node.kind}: {node.label}" if node.kind in {"any", "except"} else node.label


def _found(hits: Sequence[Hit], speak: Speaker) -> str:
    """The words that were found, each with how often and how where that is not plain."""
    counted = Counter(
        (hit.text, hit.how if hit.how not in {"exact", "form", "alias"} else "", hit.negated)
        for hit in hits
    )
    words = []
    for (text, how, negated), count in list(counted.items())[:_WORDS]:
        about = [*([how] if how else []), *([speak("negated")] if negated else [])]
        times = f" ×{count}" if count > 1 else ""
        words.append(f"»{plain(text)}«{times}" + (f" ({', '.join(about)})" if about else ""))
    return ", ".join([*words, *(["…"] if len(counted) > _WORDS else [])])


def _mark(holds: bool) -> str:
    return click.style("✓", fg="green") if holds else click.style("✗", fg="red")


# --- JSON ----------------------------------------------------------------------------------------


def explanation_json(one: Explanation, article: Article, language: str) -> dict[str, Any]:
    """The same facts, with offsets into the article's text."""
    info = one.rule.info
    return {
        "rule": info.id,
        "title": info.title,
        "severity": info.severity.value,
        "status": info.status.value,
        "file": info.file,
        "line": one.rule.line,
        "matches": one.holds,
        "cause": cause_json(one.cause, article, language),
        "status_note": say(one.status, language) if one.status else None,
        "sentences": shown(article, places_of(one)),
        "where": [_node_json(node, article, language) for node in one.where],
        "tree": _node_json(one.tree, article, language),
    }


def cause_json(cause: Cause | None, article: Article, language: str) -> dict[str, Any] | None:
    """A cause: its code, its sentence, its values and where what nearly did it stands."""
    if cause is None:
        return None
    return {
        "code": cause.code,
        "text": say(cause, language),
        "values": {
            key: list(value) if isinstance(value, tuple) else value for key, value in cause.values
        },
        "places": [
            {"start": start, "end": end, "text": article.text[start:end]}
            for start, end in cause.places
        ],
        "because": cause_json(cause.inner, article, language),
    }


def _node_json(node: Node, article: Article, language: str) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "label": node.label,
        "name": node.name or None,
        "holds": node.holds,
        "hits": [hit_json(hit) for hit in node.hits],
        "cause": cause_json(node.cause, article, language),
        "children": [_node_json(child, article, language) for child in node.children],
    }
