"""Messages on their way: claims, calls to providers, doubts, receipts, the next channel."""
