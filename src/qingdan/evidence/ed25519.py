"""Ed25519 verification (RFC 8032, 5.1) in plain Python: a few milliseconds, nothing to install.

Strict: one signature has one encoding, and a public key that would verify more than its owner signed is refused.

* S must be less than L (5.1.7), so nobody can add L to a signature and get another one.
* Encodings of points with y >= p, or with the sign of x = 0 set, are refused (5.1.3).
* Public keys of small order are refused: under them one signature fits many messages.
* The equation is checked without the cofactor, [S]B = R + [k]A, as OpenSSL does.

Verification handles no secrets, so it need not run in constant time. Signing is in `signers`.
"""

import functools
import hashlib

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
_SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z (5.1.4)."""

NEUTRAL: Point = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64 bytes are the signature of the message under the public key of 32 bytes (5.1.7). Never raises."""
    key = _key(public)
    if key is None or len(signature) != SIGNATURE_BYTES:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_key = (P - key[0], key[1], 1, P - key[3])
    # Comparing encodings refuses an R that is not in its only form.
    return _encode(_sum_of_multiples(s, _BASE, k, minus_key)) == signature[:32]


def is_key(public: bytes) -> bool:
    """Whether the bytes are a public key as this module takes them. Never raises."""
    return _key(public) is not None


@functools.lru_cache(maxsize=64)
def _key(public: bytes) -> Point | None:
    """The point of a public key; None when it is none, or of small order."""
    point = _decode(public) if len(public) == PUBLIC_BYTES else None
    return None if point is None or _has_small_order(point) else point


def _decode(data: bytes) -> Point | None:
    """The point that the 32 bytes encode, or None (5.1.3)."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * _SQRT_MINUS_1 % P
        if v * x * x % P != u:
            return None
    if x == 0 and sign:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def _encode(point: Point) -> bytes:
    """The 32 bytes of a point (5.1.2)."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _add(p: Point, q: Point) -> Point:
    """The sum of any two points (5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _double(p: Point) -> Point:
    """Twice a point (5.1.4)."""
    a = p[0] * p[0] % P
    b = p[1] * p[1] % P
    h = a + b
    e = h - (p[0] + p[1]) ** 2 % P
    g = a - b
    f = 2 * p[2] * p[2] % P + g
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _has_small_order(point: Point) -> bool:
    """Whether eight times the point is the neutral element: one of the eight points that are no real keys."""
    eightfold = _double(_double(_double(point)))
    return eightfold[0] == 0 and eightfold[1] == eightfold[2]


def _sum_of_multiples(s: int, p: Point, k: int, q: Point) -> Point:
    """[s]p + [k]q, two bits of both at a time."""
    p_multiples = [NEUTRAL, p, _double(p), _add(_double(p), p)]
    q_multiples = [NEUTRAL, q, _double(q), _add(_double(q), q)]
    table = [[_add(a, b) for b in q_multiples] for a in p_multiples]
    total = NEUTRAL
    for shift in range(252, -1, -2):
        total = _double(_double(total))
        of_p, of_q = s >> shift & 3, k >> shift & 3
        if of_p or of_q:
            total = _add(total, table[of_p][of_q])
    return total


def _base() -> Point:
    """The base point B: y = 4/5 and x even (5.1)."""
    point = _decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    if point is None:
        raise AssertionError("B is on the curve")
    return point


_BASE = _base()
