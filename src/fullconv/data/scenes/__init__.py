"""Larger canvases with known objects, in COCO form."""
