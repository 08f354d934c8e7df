"""Tests of the benchmarks: that they run, and that they read what the tools print."""
