"""Which detection stands for which object."""
