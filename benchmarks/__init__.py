"""How fast and how well: programs that measure, to be run by hand."""
