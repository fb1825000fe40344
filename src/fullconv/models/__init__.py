"""The classifiers, one file per architecture."""
