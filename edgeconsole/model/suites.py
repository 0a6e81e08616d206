"""The cipher suites every TLS endpoint of ours offers, named here so that no distribution chooses them for us.

Measured: Debian builds Python with the suites of OpenSSL, static RSA, PSK, SRP and CBC with SHA-1 among them.
"""

CIPHER_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:DHE+AESGCM:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM:!PSK:!SRP"
"""For TLS 1.2, in OpenSSL's words; TLS 1.3 has none that are weak. Forward secrecy always (RFC 9325 section 4.2); the
CBC suites with SHA-2 stay because SChannel of Windows Server 2008 R2 and 2012, where Lync Server 2013 runs, has no
ECDHE with AES-GCM for RSA certificates."""
