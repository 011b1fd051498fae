"""What a segment is priced from: agreements, meters, reads, hours, weather, averages, facts of a day."""
