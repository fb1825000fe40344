"""From score maps to detections."""
