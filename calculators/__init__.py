"""LLM memory, speed and utilisation, calculated with the working shown."""
