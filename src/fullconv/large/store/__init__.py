"""What a search of a large picture leaves: its score map, detections, overview, and how far it is."""
