"""What a message says: short for SMS, whole for e-mails and letters, spoken for calls."""
