"""The FAQ's rules of thumb, word for word: decimal GB, n as the asker wrote it."""
