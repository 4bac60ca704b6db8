"""The whole loop on one machine: sample newsrooms, the example subscribers, sinks that keep score."""
