"""Nonces: values that may be used once."""


class Nonce:
    """A one-time value that the data store can remember under its ``href``.

    The href is ``//nonces/<value>``. It is never requested: it is only a key in the cache region ``nonces``.
    """

    def __init__(self, value: str) -> None:
        self.value = value

    @property
    def href(self) -> str:
        """The cache key of this nonce."""
        return f"//nonces/{self.value}"

    def __repr__(self) -> str:
        return f"Nonce({self.value!r})"
