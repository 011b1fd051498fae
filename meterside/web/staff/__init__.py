"""Staff pages. They may operate the embedded customer information system."""
