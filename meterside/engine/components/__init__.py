"""Kinds of components: one module a kind, named in ``registry``."""
