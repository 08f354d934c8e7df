"""One supervisor and its workers: processes, reload, drain."""
