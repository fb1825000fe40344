"""What writes recorded figures into the pages of docs/; nothing here measures."""
