"""Curation in Slack: who may do it, the forms of an entry, the lists, and what clicks set off."""
