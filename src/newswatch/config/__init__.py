"""The configuration directory: YAML 1.2, validated whole before anything takes effect."""
