"""Word lists that are shipped, with their licences beside them."""
