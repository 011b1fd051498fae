"""How each kind of component is read: one module a kind. A kind without words here fails a test."""
