"""Turn a Keras classifier into a network that finds objects without boxes."""
