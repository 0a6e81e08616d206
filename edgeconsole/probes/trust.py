"""Why a chain is not believed: OpenSSL's verdict, made precise where it says only that there is no path."""

import ssl
import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from edgeconsole.model.text import Untrusted, clean
from edgeconsole.probes.certificate_file import Roots
from edgeconsole.probes.peer_certificate import MAX_CHAIN, UNREADABLE
from edgeconsole.rules.probing.facts import Trust

_BY_CODE = {
    7: Trust.BAD_SIGNATURE,
    9: Trust.NOT_YET_VALID,
    10: Trust.EXPIRED,
    18: Trust.SELF_SIGNED,
    19: Trust.UNKNOWN_ROOT,
    26: Trust.WRONG_PURPOSE,
    66: Trust.WEAK_KEY,
    67: Trust.WEAK_KEY,
    68: Trust.WEAK_HASH,
}
"""X509_V_ERR of OpenSSL 3 (x509_vfy.h)."""
_NO_ISSUER = (2, 20, 21)


class Verdict(NamedTuple):
    """What became of a chain."""

    trust: Trust
    missing: Untrusted = Untrusted("")
    """Issuer that leads nowhere."""


def judge_refusal(error: ssl.SSLCertVerificationError, chain: Sequence[bytes], roots: Roots, now: datetime) -> Verdict:
    """Return why OpenSSL refused a chain, which it tells by its first error only."""
    code = error.verify_code
    certificates = _load(chain)
    if not certificates:
        return Verdict(_BY_CODE.get(code, Trust.INVALID))
    leaf, last = certificates[0], path(certificates)[-1]
    if code in (9, 10) and leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
        return Verdict(Trust.CHAIN_EXPIRED)
    if code in _NO_ISSUER:
        return _no_path(leaf, last, certificates, roots)
    if code == 19:
        return Verdict(Trust.UNKNOWN_ROOT, _name(last.subject))
    return Verdict(_BY_CODE.get(code, Trust.INVALID))


def _no_path(
    leaf: x509.Certificate, last: x509.Certificate, certificates: Sequence[x509.Certificate], roots: Roots
) -> Verdict:
    if leaf.issuer == leaf.subject:
        return Verdict(Trust.SELF_SIGNED)
    if any(each.subject == last.issuer and each is not last for each in certificates) or roots.named(last.issuer):
        # An authority of that name is at hand and did not sign it.
        return Verdict(Trust.BAD_SIGNATURE, _name(last.issuer))
    if last.issuer == last.subject:
        return Verdict(Trust.UNKNOWN_ROOT, _name(last.subject))
    # The leaf alone was sent, or its issuer can be fetched: what lies between is missing. Else the root is not ours.
    if last is leaf or _has_issuer_url(last):
        return Verdict(Trust.MISSING_INTERMEDIATE, _name(last.issuer))
    return Verdict(Trust.UNKNOWN_ROOT, _name(last.issuer))


def path(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates from the leaf on that each signed the one before, whatever order they came in."""
    chain, given = [certificates[0]], Roots(certificates[1:])
    while len(chain) <= MAX_CHAIN:
        issuer = given.issuer_of(chain[-1])
        if issuer is None or issuer in chain:
            return chain
        chain.append(issuer)
    return chain


def _load(chain: Sequence[bytes]) -> list[x509.Certificate]:
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        for der in chain[:MAX_CHAIN]:
            try:
                found.append(x509.load_der_x509_certificate(der))
            except (*UNREADABLE, x509.InvalidVersion):
                continue
    return found


def _has_issuer_url(certificate: x509.Certificate) -> bool:
    try:
        certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except (*UNREADABLE, x509.ExtensionNotFound):
        return False
    return True


def _name(name: x509.Name) -> Untrusted:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return clean(str(common[-1].value)) if common else clean(name.rfc4514_string())
