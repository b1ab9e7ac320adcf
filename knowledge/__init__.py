"""What is known and what was said: entries, search, past answers, and their stores."""
