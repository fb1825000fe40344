"""From a run to its state, and back."""
