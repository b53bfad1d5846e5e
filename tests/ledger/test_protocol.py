"""docs/protocol/receipts.md is enough to write a verifier: here is one, sharing no code with ours."""

import json
import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from datahall.ledger.receipts import verify_receipt

DOCUMENT = (Path(__file__).parents[2] / "docs/protocol/receipts.md").read_text()
KEY = re.search(r"Key:\n\n```\n(.+)\n```", DOCUMENT)[1]
FILE = re.search(r"```json\n(.+)\n```", DOCUMENT)[1]
LEAF = re.search(r"Leaf hash: `([0-9a-f]{64})`", DOCUMENT)[1]


def canonical(record):
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def leaf_of(receipt):
    return sha256(b"\0" + bytes.fromhex(receipt["salt"]) + canonical(receipt["record"])).digest()


def root_of(leaf, index, size, path):
    """RFC 6962 §2.1.1 read backwards: the root that the path leads to."""
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    *below, sibling = path
    if index < half:
        return sha256(b"\1" + root_of(leaf, index, half, below) + sibling).digest()
    return sha256(b"\1" + sibling + root_of(leaf, index - half, size - half, below)).digest()


def verify(file, published):
    receipt = json.loads(file)
    name, key_id, material = published.split("+", 2)
    public = b64decode(material)
    assert sha256(f"{name}\n".encode() + public).digest()[:4].hex() == key_id
    text, line = receipt["checkpoint"].split("\n\n")
    signature = b64decode(line.removeprefix(f"\u2014 {name} "))
    assert signature[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signature[4:], f"{text}\n".encode())
    origin, size, root = text.split("\n")
    assert origin == name
    path = [bytes.fromhex(step) for step in receipt["path"]]
    assert root_of(leaf_of(receipt), receipt["index"], int(size), path) == b64decode(root)


def test_the_example_verifies_by_the_document_alone():
    verify(FILE, KEY)
    assert leaf_of(json.loads(FILE)).hex() == LEAF


def test_the_example_verifies_by_the_program():
    assert verify_receipt(FILE, KEY).ok
