"""Tiles of a large image computed by workers of Dask: one tile is one task, and data stays where it is."""
