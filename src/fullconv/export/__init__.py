"""A conversion in the formats of other runtimes, run by them and compared, and the card that tells of it."""
