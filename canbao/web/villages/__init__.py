"""Suggested villages of people: figures, list, confirmation in bulk, correction."""
