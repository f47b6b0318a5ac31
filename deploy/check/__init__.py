"""`make check-deploy`: everything about s.yaml that can be known to be wrong before it leaves the laptop.

__main__           the command: what it prints, when it fails
serverless_devs    the published tool reads the file too, where Node is present
checking           from the file's text to all findings
rules              what must hold, one function each; its name is the rule's, its docstring what it says
deployment         what the rules look at
shape              keys and types, against the model
model              what s.yaml may say, typed
document           YAML, more strictly
finding            what is wrong, where
"""
