"""Deliveries, batches, and the matching that follows."""
