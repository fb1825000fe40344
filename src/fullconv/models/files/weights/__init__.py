"""Arrays of a file → the variables of a network."""
