"""Debts: which notice is next, the days between them, and the moratorium that holds them."""
