"""The API from the command line: of this home, of another machine, or of a deployed stack."""
