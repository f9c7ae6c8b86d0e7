"""Matching whole sets of records: the phases in DuckDB, the same phases in plain Python, one interface (`engines`)."""
