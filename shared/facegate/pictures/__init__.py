"""The image normaliser: any phone's JPEG or PNG in, the picture the ID Verification service wants out.

`normaliser` is the way in. Import what is needed from its module: `profile` and `errors` cost nothing, decoding
imports Pillow.
"""
