"""What measures, side by side with what one would write instead; run from the root: `python -m benchmarks.NAME`."""
