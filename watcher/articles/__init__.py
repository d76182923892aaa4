"""From a document to articles: formats, furniture, strips, dates, language."""
