"""Makes real app packages without Android's tools: binary XML, the archive, and signatures v1, v2 and v3."""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

ANDROID = "http://schemas.android.com/apk/res/android"
NUMBERS = {
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "minSdkVersion": 0x0101020C,
    "targetSdkVersion": 0x01010270,
    "name": 0x01010003,
    "label": 0x01010001,
    "debuggable": 0x0101000F,
}
PERMISSIONS = ("android.permission.INTERNET", "android.permission.READ_CONTACTS", "android.permission.SEND_SMS")
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Attribute = tuple[str, str | int | bool]
Element = tuple[str, Sequence[Attribute], Sequence["Element"]]


def manifest(package: str = "com.gbwhatsapp", **changes: str | int) -> Element:
    facts: dict[str, str | int] = {
        "code": 17452,
        "name": "17.45",
        "min": 21,
        "target": 33,
        "label": "GB Chat",
        **changes,
    }
    uses: list[Element] = [("uses-permission", [("name", one)], []) for one in PERMISSIONS]
    return (
        "manifest",
        [("versionCode", facts["code"]), ("versionName", facts["name"]), ("package", package)],
        [
            ("uses-sdk", [("minSdkVersion", facts["min"]), ("targetSdkVersion", facts["target"])], []),
            *uses,
            (
                "application",
                [("label", facts["label"]), ("debuggable", False)],
                [("activity", [("name", ".Main")], [])],
            ),
        ],
    )


def axml(root: Element, *, utf8: bool = False, nameless: bool = False) -> bytes:
    """``root`` as binary XML. ``nameless`` empties the attributes' names, as protectors do: devices read numbers."""
    strings = [*NUMBERS]
    body = _namespace(0x0100, strings) + _element(root, strings) + _namespace(0x0101, strings)
    pool = _pool(["" if nameless and at < len(NUMBERS) else text for at, text in enumerate(strings)], utf8)
    numbers = struct.pack("<HHI", 0x0180, 8, 8 + 4 * len(NUMBERS)) + struct.pack(f"<{len(NUMBERS)}I", *NUMBERS.values())
    content = pool + numbers + body
    return struct.pack("<HHI", 0x0003, 8, 8 + len(content)) + content


def _at(text: str, strings: list[str]) -> int:
    if text not in strings:
        strings.append(text)
    return strings.index(text)


def _namespace(kind: int, strings: list[str]) -> bytes:
    return struct.pack("<HHIIIII", kind, 16, 24, 1, 0xFFFFFFFF, _at("android", strings), _at(ANDROID, strings))


def _element(element: Element, strings: list[str]) -> bytes:
    name, attributes, children = element
    rows = b""
    for key, value in sorted(attributes, key=lambda pair: NUMBERS.get(pair[0], 1 << 32)):
        raw, kind, data = 0xFFFFFFFF, 0x10, value
        if isinstance(value, bool):
            kind, data = 0x12, 0xFFFFFFFF if value else 0
        elif isinstance(value, str):
            raw = data = _at(value, strings)
            kind = 0x03
        space = _at(ANDROID, strings) if key in NUMBERS else 0xFFFFFFFF
        rows += struct.pack("<IIIHBBI", space, _at(key, strings), raw, 8, 0, kind, data)
    index = _at(name, strings)
    head = struct.pack("<IIHHHHHH", 0xFFFFFFFF, index, 20, 20, len(attributes), 0, 0, 0)
    start = struct.pack("<HHIII", 0x0102, 16, 16 + len(head) + len(rows), 1, 0xFFFFFFFF) + head + rows
    end = struct.pack("<HHIIIII", 0x0103, 16, 24, 1, 0xFFFFFFFF, 0xFFFFFFFF, index)
    return start + b"".join(_element(child, strings) for child in children) + end


def _pool(strings: list[str], utf8: bool) -> bytes:
    offsets, data = [], b""
    for text in strings:
        offsets.append(len(data))
        if utf8:
            data += _length8(len(text)) + _length8(len(text.encode())) + text.encode() + b"\0"
        else:
            data += struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0"
    data += b"\0" * (-len(data) % 4)
    start = 28 + 4 * len(strings)
    head = struct.pack("<HHIIIIII", 0x0001, 28, start + len(data), len(strings), 0, 0x100 if utf8 else 0, start, 0)
    return head + struct.pack(f"<{len(offsets)}I", *offsets) + data


def _length8(size: int) -> bytes:
    return bytes([size]) if size < 0x80 else bytes([0x80 | size >> 8, size & 0xFF])


def entry(name: str) -> zipfile.ZipInfo:
    """An entry of a fixed time, packed: the same package is the same bytes whenever it is made."""
    made = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


def archive(files: Sequence[tuple[str, bytes]] = (), root: Element | None = None, xml: bytes | None = None) -> bytes:
    """An unsigned package: AndroidManifest.xml, a token classes.dex and ``files``."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(entry("AndroidManifest.xml"), axml(root or manifest()) if xml is None else xml)
        package.writestr(entry("classes.dex"), b"dex\n035\0" + bytes(range(256)) * 9000)
        for name, data in files:
            package.writestr(entry(name), data)
    return buffer.getvalue()


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(key: Key, name: str = "Pelican Mods") -> x509.Certificate:
    """The one certificate of a key under a name."""
    return _certificate(key, name)


@cache
def _certificate(key: Key, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.COUNTRY_NAME, "IN")])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 4711)
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2050, 1, 1, tzinfo=UTC)
    )
    return builder.sign(key, hashes.SHA256())


def digest_of(one: x509.Certificate) -> str:
    return one.fingerprint(hashes.SHA256()).hex()


def sign_v1(package: bytes, key: Key, one: x509.Certificate) -> bytes:
    """The package with MANIFEST.MF, a signature file and its PKCS#7 block (the JAR form)."""
    with zipfile.ZipFile(BytesIO(package)) as source:
        files = [(info.filename, source.read(info)) for info in source.infolist()]
    sections = [f"Name: {name}\r\nSHA-256-Digest: {_b64(data)}\r\n\r\n" for name, data in files]
    whole = ("Manifest-Version: 1.0\r\n\r\n" + "".join(sections)).encode()
    lines = [
        f"Name: {name}\r\nSHA-256-Digest: {_b64(text.encode())}\r\n\r\n"
        for (name, _), text in zip(files, sections, strict=True)
    ]
    head = f"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: {_b64(whole)}\r\n\r\n"
    sf = (head + "".join(lines)).encode()
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes, pkcs7.PKCS7Options.Binary]
    block = pkcs7.PKCS7SignatureBuilder().set_data(sf).add_signer(one, key, hashes.SHA256())
    signed = block.sign(serialization.Encoding.DER, options)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in (("META-INF/MANIFEST.MF", whole), ("META-INF/CERT.SF", sf), ("META-INF/CERT.RSA", signed)):
            target.writestr(entry(name), data)
        for name, data in files:
            target.writestr(entry(name), data)
    return buffer.getvalue()


def _b64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


#: The signature algorithms of AOSP's "APK Signature Scheme v2" that packages here are signed with.
HASH_OF = {0x0101: "SHA256", 0x0102: "SHA512", 0x0103: "SHA256", 0x0104: "SHA512", 0x0201: "SHA256", 0x0202: "SHA512"}


def sign_block(
    package: bytes, schemes: Sequence[tuple[str, Key, x509.Certificate]], algorithm: int | None = None
) -> bytes:
    """The package with a signing block; ``schemes`` name "v2" or "v3" with a key and its certificate."""
    end = package.rindex(b"PK\x05\x06")
    (start,) = struct.unpack("<I", package[end + 16 : end + 20])
    parts = (package[:start], package[start:end], package[end:])
    pairs = b""
    for scheme, key, one in schemes:
        used = algorithm or (0x0103 if isinstance(key, rsa.RSAPrivateKey) else 0x0201)
        value = _pre(_pre(_signer(scheme, key, one, _digest(parts, HASH_OF[used].lower()), used)))
        number = 0x7109871A if scheme == "v2" else 0xF05368C0
        pairs += struct.pack("<QI", len(value) + 4, number) + value
    size = struct.pack("<Q", len(pairs) + 24)
    block = size + pairs + size + b"APK Sig Block 42"
    moved = bytearray(parts[2])
    moved[16:20] = struct.pack("<I", start + len(block))
    return parts[0] + block + parts[1] + bytes(moved)


def _digest(parts: Sequence[bytes], name: str) -> bytes:
    pieces = [part[at : at + (1 << 20)] for part in parts for at in range(0, len(part), 1 << 20)]
    digests = [hashlib.new(name, b"\xa5" + struct.pack("<I", len(one)) + one).digest() for one in pieces]
    return hashlib.new(name, b"\x5a" + struct.pack("<I", len(digests)) + b"".join(digests)).digest()


def _signer(scheme: str, key: Key, one: x509.Certificate, digest: bytes, number: int) -> bytes:
    sdks = struct.pack("<II", 28, 0x7FFFFFFF) if scheme != "v2" else b""
    encoded = one.public_bytes(serialization.Encoding.DER)
    signed = _pre(_pre(struct.pack("<I", number) + _pre(digest))) + _pre(_pre(encoded)) + sdks + _pre(b"")
    algorithm: hashes.HashAlgorithm = getattr(hashes, HASH_OF[number])()
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
        signature = key.sign(signed, pss if number in (0x0101, 0x0102) else padding.PKCS1v15(), algorithm)
    else:
        signature = key.sign(signed, ec.ECDSA(algorithm))
    public = one.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _pre(signed) + sdks + _pre(_pre(struct.pack("<I", number) + _pre(signature))) + _pre(public)


def _pre(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def signed(key: Key | None = None, name: str = "Pelican Mods", **changes: str | int) -> bytes:
    """A whole package under v1, v2 and v3."""
    key = key or rsa_key()
    one = certificate(key, name)
    return sign_block(sign_v1(archive(root=manifest(**changes)), key, one), [("v2", key, one), ("v3", key, one)])
