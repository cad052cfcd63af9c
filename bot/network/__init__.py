"""Outages and fault reports: what is dark, since when, until when, and whom it concerns."""
