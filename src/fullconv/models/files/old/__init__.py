"""Architectures that Keras 1 and 2 wrote → layers of Keras 3."""
