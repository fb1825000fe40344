"""Labelled photos and collages of them, on which ways of searching are compared."""
