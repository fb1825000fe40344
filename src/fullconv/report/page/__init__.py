"""The page that compares classifiers: one HTML file that needs nothing else."""
