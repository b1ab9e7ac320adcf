"""Forms: what they ask, as modals; and what was filled in, checked field by field."""
