"""The schema of every knob, and its composition."""
