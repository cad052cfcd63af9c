"""What a turn stands on: facts for the dialogue, its effects, addresses, and what was learned."""
