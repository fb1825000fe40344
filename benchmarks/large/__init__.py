"""Images larger than memory: tiles that add up to the whole, beside windows, blended tiles and the whole at once."""
