"""Scores matching and parsing on question sets, beside the baselines, in one run."""
