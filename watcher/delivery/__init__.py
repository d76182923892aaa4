"""From a decided alert to a person: words, channels, retries."""
