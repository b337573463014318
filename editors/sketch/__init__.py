"""Sketch: brush a part out, draw lines and colours, and have it painted."""
