"""What comes in by HTTP: webhooks of providers, pages. Each blueprint checks who is asking."""
