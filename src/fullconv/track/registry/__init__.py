"""Registered models: promoted, kept with all that locating needs, loaded by alias."""
