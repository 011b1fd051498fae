"""What kinds of meter files share beside the layout in the package above: text, stamps, columns, options."""
