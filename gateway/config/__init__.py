"""Loads the YAML files of a folder into one configuration: parse, validate against the schemas, check, build."""
