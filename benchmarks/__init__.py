"""Measurements of news-watcher beside plainer ways to do the same (docs/decisions.md)."""
