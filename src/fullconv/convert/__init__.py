"""From a classifier to a fully convolutional network."""
