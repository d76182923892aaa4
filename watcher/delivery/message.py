"""An alert in words: title, plain text, HTML, and the form for a terminal. Pure and total."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from watcher.delivery.counted import html_of, list_counted, text_of
from watcher.delivery.excerpt import Passage, choose_excerpt
from watcher.delivery.plain import is_link, link, one_line
from watcher.delivery.words import KINDS, REASONS, WORDS, Language
from watcher.model import Alert, Article, Match, Message, Severity
from watcher.moments import clock, same_day, written_time
from watcher.tallies import show_tally

TITLE_MAX = 78
BODY_MAX = 3000
#: The headline is what tells articles apart, so the rule's title may not take its room.
_RULE_TITLE_MAX = 32
_FOUND = 8

#: Plain characters: they survive every service, and mail filters can be set on them.
MARKS = {
    Severity.LOW: "-",
    Severity.NORMAL: "!",
    Severity.HIGH: "!!",
    Severity.CRITICAL: "!!!",
}


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an alert says, in order, before it becomes text, HTML or terminal output."""

    title: str
    label: str
    headline: Passage | str
    url: str | None
    #: Stands where the link would be: a file's name, or that the link is too long.
    place: str
    source: str
    #: Of an alert about a number: other articles, with their links.
    counted: tuple[tuple[str, str], ...]
    passages: tuple[Passage, ...]
    more: str
    why: tuple[tuple[str, str], ...]
    ids: str
    negated: str


def render(
    alert: Alert, article: Article, match: Match, *, language: Language, timezone: str
) -> Message:
    """The alert in words for people: title of at most 78, text of at most 3,000 characters.

    Passages are dropped until the text fits, the link never.
    """
    parts, text = _fitting(alert, article, match, language, timezone, _plain)
    return Message(title=parts.title, text=text, html=_html(parts, language))


def render_terminal(
    alert: Alert, article: Article, match: Match, *, language: Language, timezone: str, color: bool
) -> str:
    """The same for someone at a terminal; no escape sequence of the article gets there."""
    draw = _colored if color else _titled
    return _fitting(alert, article, match, language, timezone, draw)[1]


def show_title(alert: Alert, article: Article, match: Match, language: Language) -> str:
    """One line of at most 78 characters: severity mark, kind unless new, rule, headline."""
    # A notice of ours says itself what it is about.
    is_notice = article.kind == "notice"
    rule = "" if is_notice else one_line(match.rule.title or match.rule.id, _RULE_TITLE_MAX)
    start = [MARKS[alert.severity], _label(alert, language), f"{rule}:" if rule else ""]
    headline = one_line(article.title, TITLE_MAX)
    if alert.tally is not None:
        headline = show_tally(alert.tally, language, usual=False)
    # Cleaned once more: an accent may meet the letters of its neighbour only here.
    return one_line(" ".join([*(word for word in start if word), headline]), TITLE_MAX)


def _fitting(
    alert: Alert,
    article: Article,
    match: Match,
    language: Language,
    timezone: str,
    draw: Callable[[_Parts], str],
) -> tuple[_Parts, str]:
    """The parts with as many passages as fit, and the text drawn from them."""
    news = alert.news if alert.kind in {"UPDATE", "CORRECTION"} else ()
    excerpt = choose_excerpt(article, match.hits, news)
    title = show_title(alert, article, match, language)
    words = WORDS[language]
    headline = excerpt.headline or one_line(article.title, 300) or words["untitled"]
    why = tuple(_why(alert, match, language))
    parts = _Parts(
        title=title,
        label=_label(alert, language),
        headline=headline,
        url=link(article.url),
        place=_place(article, language),
        source=show_source(article, language, ZoneInfo(timezone)),
        counted=list_counted(alert.tally, language),
        passages=(),
        more="",
        why=why,
        ids=_ids(alert, match, language),
        negated=words["negated"],
    )
    for shown in range(len(excerpt.passages), -1, -1):
        parts = _with_passages(parts, excerpt.passages[:shown], excerpt.hidden(shown), words)
        if len(_plain(parts)) <= BODY_MAX:
            break
    while parts.counted and len(_plain(parts)) > BODY_MAX:
        parts = replace(parts, counted=parts.counted[:-1])
    return parts, draw(parts)


def _with_passages(
    parts: _Parts, passages: tuple[Passage, ...], hidden: int, words: dict[str, str]
) -> _Parts:
    more = ""
    if hidden > 0:
        more = words["once more"] if hidden == 1 else words["more"].format(count=hidden)
    return replace(parts, passages=passages, more=more)


# --- the contents ------------------------------------------------------------------------------


def _label(alert: Alert, language: Language) -> str:
    return KINDS[language].get(alert.kind, "")


def _place(article: Article, language: Language) -> str:
    """Where to look for an article without a link."""
    if article.url and article.url.lower().startswith(("http://", "https://")):
        return WORDS[language]["long link"]
    name = one_line(article.document, 120)
    if article.parts > 1:
        part = WORDS[language]["part"].format(part=article.part, parts=article.parts)
        return f"{name}, {part}" if name else part
    return name


def show_source(article: Article, language: Language, zone: ZoneInfo) -> str:
    """Source · place (agencies) · published · seen."""
    agencies = "/".join(filter(None, (one_line(name, 20) for name in article.agencies[:4])))
    place = one_line(article.place or "", 60)
    if agencies:
        place = f"{place} ({agencies})" if place else agencies
    parts = [one_line(article.source, 60), place, *_times(article, language, zone)]
    if article.embargoed is not None and article.embargoed > article.seen:
        until = written_time(article.embargoed, language, zone)
        parts.append(WORDS[language]["embargo"].format(time=until))
    return " · ".join(part for part in parts if part)


def _times(article: Article, language: Language, zone: ZoneInfo) -> Iterable[str]:
    words = WORDS[language]
    published = article.published
    if article.kind == "notice":
        yield written_time(article.seen, language, zone)
        return
    if published is None or article.published_source == "file":
        received = written_time(published or article.seen, language, zone)
        yield words["received"].format(time=received)
        return
    precision = article.published_precision_s
    yield written_time(published, language, zone, precision_s=precision)
    if same_day(published, article.seen, zone):
        yield words["seen"].format(time=clock(article.seen, language, zone))
    else:
        yield words["seen"].format(time=written_time(article.seen, language, zone))


def _why(alert: Alert, match: Match, language: Language) -> Iterable[tuple[str, str]]:
    """Rule, terms found and the alert's reason, each with its name."""
    words = WORDS[language]
    reason = REASONS[language].get(alert.code) or one_line(alert.reason, 300)
    if alert.tally is not None:
        reason = show_tally(alert.tally, language)
    rule = one_line(match.rule.title or match.rule.id, 120)
    why = one_line(match.rule.why, 400)
    yield words["why"], f"{rule} – {why}" if why else rule
    yield words["found"], list_found(match, words)
    yield words["reason"], reason
    yield words["reported"], ", ".join(one_line(name, 40) for name in alert.reported_by[:8])
    yield words["trend"], sparkline(match.trend)


#: From nothing to as much as on the busiest day.
_BARS = "·▁▂▃▄▅▆▇█"


def sparkline(counts: Sequence[int]) -> str:
    """Days as bars, today last, and how many that were together; "" where once is all there was."""
    most = max(counts, default=0)
    if sum(counts) < 2:
        return ""
    bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)
    return f"{bars} ({sum(counts)})"


def list_found(match: Match, words: dict[str, str]) -> str:
    """The words found, each once however it is written: of a wildcard nobody learns anything."""
    found: dict[str, str] = {}
    for hit in match.hits[:1000]:
        text = one_line(hit.text, 40)
        found.setdefault(text.casefold(), text)
    shown = [text for text in found.values() if text]
    text = ", ".join(shown[:_FOUND])
    if len(shown) > _FOUND:
        text += " " + words["others"].format(count=len(shown) - _FOUND)
    return text


def _ids(alert: Alert, match: Match, language: Language) -> str:
    words = WORDS[language]
    named = (("alert", alert.id, 80), ("rule", match.rule.id, 80), ("owner", match.rule.owner, 80))
    shown = ((words[name], one_line(value, limit)) for name, value, limit in named)
    return " · ".join(f"{name} {value}" for name, value in shown if value)


# --- plain text --------------------------------------------------------------------------------


def mark_plain(text: str, negated: str) -> str:
    """A hit between marks that survive plain text everywhere: »hit«."""
    return f"»{text}«" + (f" [{negated}]" if negated else "")


def _line(passage: Passage | str, parts: _Parts, mark: Callable[[str, str], str]) -> str:
    line = passage if isinstance(passage, str) else _marked(passage, parts, mark)
    # A line that is only an address is ours alone, and the one that services open.
    return f"“{line}”" if is_link(line) else line


def _marked(passage: Passage, parts: _Parts, mark: Callable[[str, str], str]) -> str:
    return "".join(
        mark(run.text, parts.negated if run.negated else "") if run.hit else run.text
        for run in passage
    )


def _blocks(parts: _Parts, mark: Callable[[str, str], str]) -> list[list[str]]:
    """Blocks of lines; empty lines and blocks are left out later."""
    return [
        [parts.label, _line(parts.headline, parts, mark), parts.url or parts.place],
        [parts.source],
        text_of(parts.counted),
        *([_line(passage, parts, mark)] for passage in parts.passages),
        [parts.more],
        [f"{name}: {value}" for name, value in parts.why if value],
        [parts.ids],
    ]


def _joined(blocks: Sequence[Sequence[str]]) -> str:
    kept = ("\n".join(line for line in block if line) for block in blocks)
    return "\n\n".join(block for block in kept if block)


def _plain(parts: _Parts) -> str:
    return _joined(_blocks(parts, mark_plain))


def _titled(parts: _Parts) -> str:
    return f"{parts.title}\n\n{_plain(parts)}"


# --- terminal ----------------------------------------------------------------------------------

_BOLD, _DIM, _HIT, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[1;7m", "\x1b[0m"


def mark_colored(text: str, negated: str) -> str:
    """A hit in reverse video, bold."""
    return f"{_HIT}{text}{_OFF}" + (f" [{negated}]" if negated else "")


def mark_hits(text: str) -> str:
    """Plain text of ours with its »hits« in reverse video."""
    return re.sub(r"»([^»«\n]+)«", f"{_HIT}\\1{_OFF}", text)


def _colored(parts: _Parts) -> str:
    blocks = _blocks(parts, mark_colored)
    blocks[-1] = [f"{_DIM}{parts.ids}{_OFF}"]
    return f"{_BOLD}{parts.title}{_OFF}\n\n{_joined(blocks)}"


# --- HTML --------------------------------------------------------------------------------------

#: Colours for light and dark; no remote content, and legible where styles are stripped.
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;margin:1.5em auto;max-width:42em;padding:0 1em;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.25em;line-height:1.3;margin:0 0 .3em}"
    "p{margin:.8em 0}.meta,.ids{font-size:.875em;opacity:.75}"
    "dl,.entry{border-top:1px solid #999;padding-top:.8em;margin:1.2em 0 .8em}"
    "dt{font-weight:600}dd{margin:0 0 .4em}"
    "mark{background:#ffe08a;color:#1a1a1a;padding:0 .15em;border-radius:.15em}"
)


def _html(parts: _Parts, language: Language) -> str:
    """Our own markup around escaped text."""
    e = html.escape
    headline = _html_line(parts.headline, parts)
    place = f'<p class="meta">{e(parts.place)}</p>' if parts.place else ""
    if parts.url:
        # The text of the link is the address: what one sees is where one goes.
        place = f'<p><a href="{e(parts.url)}" rel="noreferrer">{e(parts.url)}</a></p>'
    body = [
        f"<p><strong>{e(parts.label)}</strong></p>" if parts.label else "",
        f"<h1>{headline}</h1>",
        place,
        f'<p class="meta">{e(parts.source)}</p>',
        html_of(parts.counted),
        *(f"<p>{_html_line(passage, parts)}</p>" for passage in parts.passages),
        f'<p class="meta">{e(parts.more)}</p>' if parts.more else "",
        "<dl>",
        *(f"<dt>{e(name)}</dt><dd>{e(value)}</dd>" for name, value in parts.why if value),
        "</dl>",
        f'<p class="ids">{e(parts.ids)}</p>',
    ]
    return html_page(parts.title, body, language)


def html_page(title: str, body: Iterable[str], language: Language) -> str:
    """A page of our own around lines of markup of our own; empty ones are left out."""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(line for line in body if line)
        + "\n</body></html>\n"
    )


def _html_line(passage: Passage | str, parts: _Parts) -> str:
    if isinstance(passage, str):
        return html.escape(passage)
    return "".join(_html_run(run.text, run.hit, run.negated, parts.negated) for run in passage)


def _html_run(text: str, hit: bool, negated: bool, word: str) -> str:
    if not hit:
        return html.escape(text)
    note = f" <small>[{html.escape(word)}]</small>" if negated else ""
    return f"<mark>{html.escape(text)}</mark>{note}"
