"""Drawing: colours, panels, every figure."""
