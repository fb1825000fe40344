"""From labelled images to what finds objects: rounds of training, validation on scenes of their own, a folder."""
