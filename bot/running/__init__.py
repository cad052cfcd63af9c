"""Keeping it running: logs, figures, and what `gaisma doctor` looks at."""
