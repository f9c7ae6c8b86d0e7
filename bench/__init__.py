"""Figures for claims: each against a limit measured in the same run."""
