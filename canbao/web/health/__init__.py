"""Is everything running."""
