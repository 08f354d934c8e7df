"""Read a configuration file into frozen, typed values, or say everything that is wrong with it."""
