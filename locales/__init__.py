"""Everything a customer reads: texts in three languages, dates, and the alphabet of an SMS."""
