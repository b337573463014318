"""The certificate this installation makes for itself, to seal what it saves.

A small authority signs one certificate and its key is forgotten at once, so that nothing else can be issued in its
name. The certificate stays in the user's own folder, readable by that user alone.
"""

import datetime
import functools
import os
import re
import secrets
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

SIGNER = "This installation of Limner"
YEARS = 20  # there is no time stamp authority without a network: a seal is good as long as its certificate
FILE = "identity.pem"
BLOCK = re.compile(rb"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----\n", re.DOTALL)
_MAKING = threading.Lock()


@dataclass(frozen=True)
class Identity:
    """PEM blocks, and the number that tells this certificate from every other."""

    key: bytes
    certificate: bytes
    authority: bytes
    serial: int

    @property
    def chain(self) -> bytes:
        """The certificate and the one that vouches for it, the order in which a signature holds them."""
        return self.certificate + self.authority


def user_folder() -> Path:
    """Where this user's programs keep what belongs to them; a folder that may not exist yet."""
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "limner"


def identity_in(folder: Path) -> Identity:
    """What a folder keeps, made at the first call. Where it cannot be kept it lasts as long as the process."""
    with _MAKING:
        return _remembered(Path(folder))


@functools.cache
def _remembered(folder: Path) -> Identity:
    kept = _read(folder / FILE)
    if kept is not None:
        return kept
    made = _made()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _keep(folder / FILE, made)
    except OSError:
        return made


def _read(path: Path) -> Identity | None:
    """The identity in a file, or None where there is none that can still sign."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key, certificate, authority = BLOCK.findall(path.read_bytes())
        leaf, root = x509.load_pem_x509_certificate(certificate), x509.load_pem_x509_certificate(authority)
        leaf.verify_directly_issued_by(root)
        whole = load_pem_private_key(key, None).public_key() == leaf.public_key()
    except Exception:  # whatever is wrong with the file, a new identity is the cure
        return None
    good = whole and leaf.not_valid_after_utc > datetime.datetime.now(datetime.timezone.utc)
    return Identity(key, certificate, authority, leaf.serial_number) if good else None


def _keep(path: Path, made: Identity) -> Identity:
    """Write an identity whole, for this user alone. Of two processes at once, the first wins and both use its."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made.key + made.chain)
        try:
            os.link(part, path)
        except OSError:  # it is there already, or the file system has no links
            found = _read(path)
            if found is not None:
                return found
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return made


def _made() -> Identity:
    """A new authority and the one certificate it ever signs."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate(f"{SIGNER} (authority)", authority_key, authority_key, is_authority=True)
    certificate = _certificate(SIGNER, key, authority_key, is_authority=False)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Identity(
        secret, certificate.public_bytes(Encoding.PEM), authority.public_bytes(Encoding.PEM), certificate.serial_number
    )


def _certificate(name: str, key, authority_key, is_authority: bool):
    """A certificate as the C2PA profile wants it: ES256, signing only, e-mail protection as extended use."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def called(common: str) -> x509.Name:
        parts = ((NameOID.COMMON_NAME, common), (NameOID.ORGANIZATION_NAME, "Limner, self-made certificate"))
        return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])

    now = datetime.datetime.now(datetime.timezone.utc)
    usage = x509.KeyUsage(not is_authority, False, False, False, False, is_authority, is_authority, False, False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(called(name))
        .issuer_name(called(f"{SIGNER} (authority)"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(is_authority, 0 if is_authority else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer, critical=False)
    )
    if not is_authority:
        mail = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(mail, critical=False)
    return builder.sign(authority_key, SHA256())
