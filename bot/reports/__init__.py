"""Reports for the distributor and its regulator: deadlines kept, customers reached, deliveries."""
