"""A folder on a server that is reached by SFTP."""
