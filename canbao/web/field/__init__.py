"""The village worker's screen: the own list, a home, a door, somebody found."""
