"""Texts, dates, segments and addresses as customers get them."""
