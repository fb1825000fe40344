"""Picture files as arrays."""
