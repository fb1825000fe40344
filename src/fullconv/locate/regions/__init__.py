"""Boxes from regions of evidence: any softmax, no background class needed."""
