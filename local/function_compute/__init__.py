"""Function Compute on a laptop: the functions of s.yaml, each instance a process with FC's environment."""
