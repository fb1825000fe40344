"""Checks that need a value's meaning or several keys at once."""
