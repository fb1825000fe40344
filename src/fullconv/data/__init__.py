"""Labelled images, backgrounds, and scenes in COCO form."""
