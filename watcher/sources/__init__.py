"""Where documents come from: feeds, drop folders, and the child that parses them."""
