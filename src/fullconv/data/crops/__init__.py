"""Labelled crops of larger pictures: what objects look like where no scene with boxes was ever given."""
