"""What analysts write: loading, checking, matching."""
