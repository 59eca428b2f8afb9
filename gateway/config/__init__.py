"""From YAML in a folder to one checked configuration: source, schema, check, build."""
