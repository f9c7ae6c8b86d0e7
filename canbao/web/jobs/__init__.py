"""Long work, found again by whoever asked for it."""
