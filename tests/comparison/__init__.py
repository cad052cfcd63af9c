"""Other programs that do what ours does, measured beside it. Run by hand, never by the suite."""
