"""From a person's labelled pictures, or pictures with annotated places, to crops in arrays."""
