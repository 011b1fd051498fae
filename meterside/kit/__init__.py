"""Small tools every floor may use: clock, ids, files. Nothing here knows a utility."""
