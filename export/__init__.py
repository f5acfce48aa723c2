"""From a trained run to the file the runtime loads."""
