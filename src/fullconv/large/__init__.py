"""Pictures larger than memory."""
