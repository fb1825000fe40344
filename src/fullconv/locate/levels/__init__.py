"""An image at several sizes: the levels, their score maps, one grid for all."""
