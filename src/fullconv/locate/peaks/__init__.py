"""Boxes from peaks of the object probability, where there is a background class."""
