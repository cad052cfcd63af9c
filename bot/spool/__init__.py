"""What could not be stored when it came waits in files of this machine, and is taken later."""
