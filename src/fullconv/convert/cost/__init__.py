"""What a network costs for one image, layer by layer."""
