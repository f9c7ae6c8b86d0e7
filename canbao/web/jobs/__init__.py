"""Long work, found again by the account that asked for it."""
