"""From a classifier to a fully convolutional network, with proof."""
