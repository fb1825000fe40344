"""Pictures larger than memory."""

# Pixels from which a picture is searched tile by tile: at once, its levels and maps would take about a gigabyte.
LARGE = 9_000_000
# Bytes that a forward pass of a tile may take, unless a person says.
TOGETHER = 2**28
