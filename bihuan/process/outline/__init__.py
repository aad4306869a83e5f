"""Processes as people write them: outline files, the graph they stand for, and its drawing."""
