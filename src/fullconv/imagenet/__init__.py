"""Networks pretrained on ImageNet: their weights, the names of their classes, synsets."""
