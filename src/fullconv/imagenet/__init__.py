"""Networks pretrained on ImageNet as locators in photos: weights, synsets, heatmaps, boxes."""
