"""Metrics of score maps."""
