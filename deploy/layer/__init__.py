"""The layer: what the functions find at /opt/python.

__main__            make layer
report, built       what is in it, for people; is the last one still good, and does it run here?
build               the steps, and the folder they work in
inspection          would its native code load? read from the ELF files
unpack, archive     wheels become a folder, the folder a zip; same input, same bytes
bytecode            run by the layer's interpreter: compiles the modules
wheels              one wheel for each package
lock, pruning       what is shipped, and what of it is not
interpreter, target which Python, which system
errors
"""
