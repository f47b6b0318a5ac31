"""The MNS topics of s.yaml's triggers: a message published to one invokes every function that has a trigger on it."""
