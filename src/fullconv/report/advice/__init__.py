"""What to do next, in words: figures in, sentences out."""
