"""Attributes: move a face along named directions of a generator."""
