"""Green Button (NAESB REQ.21 ESPI) files: Atom feeds of usage points, meter readings and interval blocks."""
