"""The town's list of people found at doors."""
