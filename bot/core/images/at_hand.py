"""Images that were just stored, kept in memory until they are shown, up to a limit of bytes in all."""

_MOST_BYTES = 64 * 1024 * 1024


class AtHand:
    """Bytes by their keys. Each image is taken once. If there are too many, the oldest are dropped."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes, self._size = most_bytes, 0
        self._images: dict[str, bytes] = {}

    def put(self, key: str, data: bytes) -> None:
        """Keep an image's bytes."""
        self.take(key)
        self._images[key] = data
        self._size += len(data)
        while self._size > self._most_bytes:
            self.take(next(iter(self._images)))

    def take(self, key: str) -> bytes | None:
        """Return an image's bytes, which are kept no longer; None if they aren't here."""
        data = self._images.pop(key, None)
        self._size -= len(data or b"")
        return data

    def drop(self, job_id: str) -> None:
        """Keep nothing more of a job."""
        for key in [key for key in self._images if key.startswith(f"{job_id}/")]:
            self.take(key)
