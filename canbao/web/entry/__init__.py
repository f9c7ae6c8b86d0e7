"""Data entry in a town: the queue, one form on the screen, its drafts, the second typing."""
