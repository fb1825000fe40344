"""What a network has learnt: its kernels, its activations along one image, and the vectors it makes of images."""
