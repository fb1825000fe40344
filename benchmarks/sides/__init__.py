"""What is measured: networks, and the ways to a map that score maps are compared with."""
