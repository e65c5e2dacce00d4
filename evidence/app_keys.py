"""Signing certificates that say nothing of who signed: the published test keys and every SDK's debug key.

A certificate is a strong link between two apps (the same private key made both), unless everybody has that key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: SHA-256 of the certificates in AOSP's ``build/target/product/security``, whose private keys are published there.
PUBLISHED = {
    "a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc": "testkey",
    "c8a2e9bccf597c2fb6dc66bee293fc13f2fc47ec77bc6b2b0d52c11f51192ab8": "platform",
    "28bbfe4a7b97e74681dc55c2fbb6ccb8d6c74963733f6af6ae74d8c3a6e879fd": "shared",
    "465983f7791f2abeb43ea2cbdc7f21a8260b72bc08a55c839fc1a43bc741a81e": "media",
    "e1dbadce60dc080d15b58a014b0dcf9400e24de23fa00b287a5a982bfebda2ee": "networkstack",
    "abf21f9e2af1d881cc673fddcefa6ed9c269a437bd64b279cf45844cfd589126": "sdk_sandbox",
}
DEBUG_NAME = "CN=Android Debug"
AOSP_NAMES = frozenset({"O=Android", "CN=Android"})


def shared_key(certificate: Mapping[str, Any]) -> str:
    """Why this certificate links nobody, as a clause; empty when it may link."""
    if name := PUBLISHED.get(str(certificate.get("sha256", ""))):
        return f"the published {name} key of the Android source, which anybody can sign with"
    subject = str(certificate.get("subject", ""))
    parts = {part.strip() for part in subject.split(",")}
    if DEBUG_NAME in parts:
        return "a debug key, made by a developer's tools and not kept from others"
    if parts >= AOSP_NAMES:
        return "it bears the name of the Android source's test keys"
    return ""
