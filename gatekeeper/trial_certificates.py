"""
Write certificates for a trial: an authority, a server and a client.

Nothing is ever overwritten, and keys are readable by their owner only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gatekeeper.tls.authority import Authority

__all__ = ["write_certificates"]


def write_certificates(folder: Path, names: Sequence[str], client: str) -> list[Path]:
    """
    Write ``ca``, ``server`` and ``client``, each a ``.pem`` and a ``.key``.

    Args:
        folder: Is made if it is not there.
        names: DNS names and addresses of the server.
        client: Name of the client.

    Returns:
        What was written.

    Raises:
        FileExistsError: One of the files is there; then nothing is written.
        OSError: The folder cannot be written to.
    """
    files = _files(names, client)
    for name in files:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} exists and is not overwritten")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, data in files.items():
        _write(folder / name, data)
    return [folder / name for name in files]


def _files(names: Sequence[str], client: str) -> Mapping[str, bytes]:
    authority = Authority()
    issued = {
        "ca": authority.issued,
        "server": authority.server(names),
        "client": authority.client(client),
    }
    return {
        f"{name}.{kind}": data
        for name, pair in issued.items()
        for kind, data in (("pem", pair.certificate), ("key", pair.key))
    }


def _write(path: Path, data: bytes) -> None:
    mode = 0o600 if path.suffix == ".key" else 0o644
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
