"""Dense score maps: one interface, three engines."""
