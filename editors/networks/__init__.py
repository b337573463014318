"""Networks, one a file, torch only: they draw and describe; finding and loading weights is `editors.models`' work.

A file named after a model id holds `build(**config)`, which makes the network that the id's card describes.
"""
