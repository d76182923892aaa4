"""One module per document format: bytes in, `Items` out."""
