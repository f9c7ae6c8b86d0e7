"""Change requests: the list of the area, the list of a round, one request."""
