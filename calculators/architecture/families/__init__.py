"""How each family's ``config.json`` is read; one module per kin."""
