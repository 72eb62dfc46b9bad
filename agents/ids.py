"""Names of outputs that depend on facts alone, so that the same facts give the same name."""

from hashlib import blake2b


def of(*parts: str) -> str:
    """32 hex digits over the parts; lists that differ in any part or in a boundary get different names.

    >>> of("ab", "c") == of("a", "bc")
    False
    """
    # The length before each part: no character is safe as a separator, identifiers may hold any.
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
