"""A certificate authority of the benchmark's own, for rows about TLS, and how function processes come to trust it.

Neither side has a setting for it, so a folder goes before everything else on the path: a package `certifi` whose bundle
is the real one and this authority. Loading the bundle costs what it costs when deployed.
"""

from __future__ import annotations

import datetime
import ipaddress
import shutil
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from local.serving import HOST

_DAYS = 30


def issue(folder: Path) -> tuple[Path, Path]:
    """A PEM file with key and certificate for HOST, and the folder to put first on PYTHONPATH. New at each call."""
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "facegate benchmark")])
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    served = folder / "server.pem"
    served.write_bytes(secret + public)
    trusting = folder / "trusting"
    shutil.rmtree(trusting, ignore_errors=True)
    shutil.copytree(Path(certifi.__file__).parent, trusting / "certifi", ignore=shutil.ignore_patterns("__pycache__"))
    bundle = trusting / "certifi" / "cacert.pem"
    bundle.write_bytes(bundle.read_bytes() + public)
    return served, trusting
