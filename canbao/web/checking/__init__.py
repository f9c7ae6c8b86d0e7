"""What was handed in: by the village, checked by the town, called back by the district."""
