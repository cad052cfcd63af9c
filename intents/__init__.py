"""Pure understanding and dialogue: text, state, facts and a clock in, events out. No I/O here."""
