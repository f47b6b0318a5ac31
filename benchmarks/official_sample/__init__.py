"""The other side of the benchmark: three functions as a competent developer writes them from the vendor's pages.

What it follows: the parameters and picture rules of the ID Verification pages (short side 720, compression 0.9,
Base64 without a header), the client and model classes of the official SDK as its examples use them, the FC page's
handler signature and credentials from the context, the Tablestore and OSS SDKs' own quick starts. All SDK imports
stand at the top, a client is made per call, pictures go through Pillow in the obvious order (open, exif_transpose,
resize with Lanczos, save), and the result is stored with one `put_row`.

It is correct: the functional tests run it against the local ID Verification, signatures and real faces included. It
promises less than facegate: no idempotency, no repeats, no metadata rules, no time limits of its own. What those cost
facegate is in the table too, on facegate's side.

The packages of requirements.txt are installed with `pip install -t`, whole, in the releases that the layer pins
where both use one, so that the table compares how the packages are used and not which release. The variant without
compiled files is what a zip holds that was built by another Python than the runtime's, or packed without __pycache__.
"""
