"""What is not read, and what is said of it."""
