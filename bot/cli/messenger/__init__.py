"""`gaisma chat` in a terminal: a messenger for one phone at a time. Loaded only when it is used."""
