"""Images of any size, read region by region."""
