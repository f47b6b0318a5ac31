"""The cloud on a laptop: the services that the deployed code talks to, on loopback. Development only."""
