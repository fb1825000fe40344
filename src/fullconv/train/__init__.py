"""Training, fast and the same twice."""
