"""The service: settings, turns, outbox, alerts, channels, pages and commands."""
