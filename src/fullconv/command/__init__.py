"""Programs that are console scripts too: what they do between the knobs and the printed word."""
