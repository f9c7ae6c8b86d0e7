"""Files that departments hand in: manifests, encodings, spreadsheets."""
