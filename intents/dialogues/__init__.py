"""The dialogues, one module each. A handler takes a `Turn` and gives a `Step`; none does I/O."""
