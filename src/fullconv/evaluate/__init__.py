"""Localization metrics on COCO JSON."""
