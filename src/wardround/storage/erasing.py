"""Files that must be gone from a storage, with every version of them that the storage kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wardround.storage.place import Place

_S3 = ("s3", "s3a")
#: File systems that keep nothing of a file that was removed, as far as we know; snapshots of the disk beneath are its owner's.
_PLAIN = ("local", "file", "ssh", "sftp", "memory")


@dataclass(frozen=True)
class Erased:
    """``files`` were there and are gone; ``versions`` counts the older ones and the marks of deletion that went with them."""

    files: int = 0
    versions: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(self.files + other.files, self.versions + other.versions)


def erase(place: Place, name: str) -> Erased:
    """Removes a file and all its versions; one that is not there is done. Raises EnvironmentFailure when the storage does not answer."""
    with place.answered():
        if _protocol(place) in _S3:
            return _from_s3(place, name)
        if not place.fs.exists(place.at(name)):
            return Erased()
        place.fs.rm_file(place.at(name))
        return Erased(1)


def keeps_versions(place: Place) -> bool:
    """Whether the storage may keep what was erased, so that its owner must look: Azure, Google and others keep versions in ways of their own."""
    return _protocol(place) not in (*_S3, *_PLAIN)


def _protocol(place: Place) -> str:
    protocol = place.fs.protocol
    return str(protocol if isinstance(protocol, str) else protocol[0])


def _from_s3(place: Place, name: str) -> Erased:
    """S3 with versions answers a deletion with a mark and keeps the content, so each version is deleted by its id."""
    client: Any = place.fs.fs
    bucket, _, key = place.at(name).removeprefix("s3://").partition("/")
    there = bool(client.exists(f"{bucket}/{key}"))
    versions = 0
    for version in _versions(client, bucket, key):
        client.call_s3("delete_object", Bucket=bucket, Key=key, VersionId=version)
        versions += 1
    client.invalidate_cache(f"{bucket}/{key}")
    if client.exists(f"{bucket}/{key}"):  # a bucket without versions, or a server that lists none
        client.call_s3("delete_object", Bucket=bucket, Key=key)
        client.invalidate_cache(f"{bucket}/{key}")
    return Erased(int(there), max(versions - int(there), 0))


def _versions(client: Any, bucket: str, key: str) -> list[str]:
    found: list[str] = []
    marker: dict[str, str] = {}
    while True:
        page = client.call_s3("list_object_versions", Bucket=bucket, Prefix=key, **marker)
        items = (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        found += [item["VersionId"] for item in items if item["Key"] == key]
        if not page.get("IsTruncated"):
            return found
        marker = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
