"""What a classifier learns of scenes and of nothing: windows and backgrounds."""
