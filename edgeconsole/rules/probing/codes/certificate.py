"""Codes of the peer's certificate: its dates, chain, strength, purposes and names."""

from edgeconsole.model.probe import Stage
from edgeconsole.rules.probing.code import AUTHORITY, CRITICAL, INFO, PARTNER, WARNING, Code

_RENEW = "Partner: renew the certificate with subject {subject}, and assign it on every edge of the pool"

CERTIFICATE_CODES = (
    Code(
        "cert.expired", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} expired on {not_after} ({age})", _RENEW, 8, "RFC 5280 4.1.2.5", True,
    ),
    Code(
        "cert.not_yet", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} is not valid before {not_before}",
        "Check the clock of this host (timedatectl); if it is right, partner: assign the certificate that is valid now",
        8, "RFC 5280 4.1.2.5", True,
    ),
    Code(
        "cert.expires_now", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} expires within three days, on {not_after}", _RENEW + " today",
        8, "RFC 5280 4.1.2.5", True, True,
    ),
    Code(
        "cert.expires", WARNING, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} expires in {days} days, on {not_after}", _RENEW, 8, "RFC 5280 4.1.2.5", True,
    ),
    Code(
        "cert.expires_soon", INFO, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} expires in {days} days, on {not_after}", _RENEW, 8, "RFC 5280 4.1.2.5", True,
    ),
    Code(
        "cert.chain_expired", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "an authority in the chain of {where} is out of its time ({verifier})",
        "Partner: replace the intermediate certificate by the authority's current one; the own certificate may stay",
        8, "RFC 5280 6.1", True,
    ),
    Code(
        "cert.self_signed", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} signed itself: nobody trusts it who was not given it",
        "Partner: assign a certificate of a public authority that names {host}", 7, "domain C9", True,
    ),
    Code(
        "cert.untrusted_root", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the chain of {where} ends at {issuer}, an authority this edge does not trust",
        "Partner: use a public authority. Or trust theirs: get its root by another way, append it to the file of"
        " edge.trust, and compare the fingerprint with them",
        7, "domain C9; ms-diagnostics 1047", True,
    ),
    Code(
        "cert.missing_intermediate", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "{where} sends {count} certificate(s) and not the one of {issuer}, which signed the last: peers that do not"
        " fetch it refuse the chain",
        "Partner: install the intermediate certificate {issuer}{from_url} beside the own one, and restart the edge"
        " service",
        7, "RFC 8446 4.4.2", True,
    ),
    Code(
        "cert.bad_signature", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "a certificate in the chain of {where} was not signed by the one that follows ({verifier})",
        "Partner: install the intermediate that really signed it; two authorities may share one name",
        7, "RFC 5280 6.1.3", True,
    ),
    Code(
        "cert.no_server_auth", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} may not serve: its extended key usage is {usages}",
        "Partner: request a certificate with serverAuth and clientAuth"
        " (Request-CsCertificate -New -Type AccessEdgeExternal -ClientEku $true)",
        9, "domain C6", True,
    ),
    Code(
        "cert.no_client_auth", WARNING, Stage.CERTIFICATE, AUTHORITY,
        "the certificate of {where} lacks clientAuth: strict edges refuse it when it connects to them",
        "Partner: ask an authority that still issues clientAuth; public authorities end it between 2025 and 2027",
        9, "domain 5, 2025-2026 break", True,
    ),
    Code(
        "cert.key_small", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the key in the chain of {where} is too weak: {key}",
        "Partner: request a certificate with a new key, RSA 2048 or P-256", 7, "domain C5", True,
    ),
    Code(
        "cert.weak_hash", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} is signed with {signature}, which is not believed any more",
        "Partner: request a certificate signed with SHA-256", 7, "RFC 9155", True,
    ),
    Code(
        "cert.invalid", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "the chain of {where} breaks the rules for certificates: {verifier}",
        "Partner: show this to the authority that issued it, and request another", 7, "RFC 5280 6.1", True,
    ),
    Code(
        "cert.none", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "{where} shows no certificate that can be read",
        "Partner: assign a certificate to the Access Edge; check with: openssl s_client -connect {connect} -showcerts",
        7, "RFC 8446 4.4.2", True,
    ),
    Code(
        "cert.order", INFO, Stage.CERTIFICATE, PARTNER,
        "the chain of {where} is not in order; strict peers refuse it",
        "Partner: order the certificates so that each was signed by the next", 7, "RFC 5246 7.4.2", True,
    ),
    Code(
        "cert.doubtful", INFO, Stage.CERTIFICATE, PARTNER,
        "the certificate of {where} is taken here and may be refused elsewhere: {doubts}",
        "Partner: name these points when the certificate is renewed", None, "RFC 5280 4.2; CA/B baseline", True,
    ),
    Code(
        "cert.no_revocation", INFO, Stage.CERTIFICATE, AUTHORITY,
        "the certificate of {where} names no revocation list, which edges with KeepCrlsUpToDateForPeers ask for",
        "Partner: ask the authority for a certificate with a CRL distribution point", 8, "domain C8", True,
    ),
    Code(
        "cert.pin", CRITICAL, Stage.CERTIFICATE, PARTNER,
        "{where} shows the certificate {fingerprint}, which is none of those pinned for {domain}",
        "Ask the partner on another way whether they renewed it; if so, pin the new fingerprint",
        None, "RFC 7469", True,
    ),
    Code(
        "cert.differs", WARNING, Stage.CERTIFICATE, PARTNER,
        "the addresses of {domain} show {count} different certificates: {which}",
        "Partner: export one certificate with its key and assign it on every edge of the pool (C3)",
        6, "domain C3", True,
    ),
    Code(
        "name.mismatch", CRITICAL, Stage.NAME, PARTNER,
        "the certificate of {where} names {names}, and neither {host} nor {domain}",
        "Partner: reissue it with {host} among its subject alternative names",
        6, "domain R4; event 14428, ms-diagnostics 1010", True,
    ),
    Code(
        "name.wildcard", CRITICAL, Stage.NAME, PARTNER,
        "only the wildcard {wildcard} in the certificate of {where} would cover {host}, and a wildcard counts for no"
        " SIP name",
        "Partner: reissue it with {host} written out among its subject alternative names",
        6, "domain C2; RFC 5922 7.2", True,
    ),
    Code(
        "name.common_name", CRITICAL, Stage.NAME, PARTNER,
        "the certificate of {where} names {host} in its subject alone, where nobody looks any more",
        "Partner: reissue it with {host} as subject alternative name too", 6, "RFC 9525 6.3", True,
    ),
    Code(
        "name.none", CRITICAL, Stage.NAME, PARTNER,
        "the certificate of {where} has no alternative name at all",
        "Partner: reissue it with {host} as subject alternative name", 6, "RFC 9525 6.3", True,
    ),
    Code(
        "name.xmpp", CRITICAL, Stage.NAME, PARTNER,
        "the certificate of {where} names {names}; an XMPP server of {domain} must prove {domain} itself",
        "Partner: reissue it with {domain} among its subject alternative names (the host's name does not count)",
        20, "RFC 6120 13.7.2; domain P-XCERT", True,
    ),
    Code(
        "name.domain_unproven", INFO, Stage.NAME, PARTNER,
        "the certificate of {where} proves {host} and not {domain} itself; peers that follow RFC 5922 refuse it",
        "Nothing among Lync edges. For other SIP servers, partner: add URI:sip:{domain} to the certificate",
        6, "RFC 5922 7.1", True,
    ),
)  # fmt: skip
