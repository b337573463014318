"""Masks: repaint the labels of a face, and the face follows where they changed."""
