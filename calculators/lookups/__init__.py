"""Questions that a table answers: cards, number formats, units."""
