"""news-watcher: news in, rules over it, alerts out."""

__version__ = "0.1.0"
