"""Tiles of a large image on workers of Dask, measured."""
