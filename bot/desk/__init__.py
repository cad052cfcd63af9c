"""What agents work with: the inbox, one thread, ready answers, hand-off, complaints."""
