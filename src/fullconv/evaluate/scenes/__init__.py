"""Sets of scenes, and a conversion searched over them."""
