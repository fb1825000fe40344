"""Whatever wrote a classifier → a Keras model."""
