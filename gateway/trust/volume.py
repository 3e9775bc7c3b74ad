"""A trust folder that is a volume of Kubernetes: a ConfigMap, a Secret, or both projected.

Such a volume holds its files in a folder of its own, `..data` links to that folder, and each
visible name links to `..data/NAME`. An update makes another folder and lets `..data` change over,
so that all files change at once.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from gateway.errors import KeyFileError, Reason

DATA_LINK = "..data"


def current_folder(directory: Path) -> Path:
    """Where the files of the folder are: in it, or in the folder that its volume links to now.

    No file is reached through a link: this one is read, not followed, and leads nowhere but to a
    folder in the same folder. What is read from there is one version of the volume, whatever
    becomes of the link meanwhile. Raises KeyFileError.
    """
    try:
        target = os.readlink(directory / DATA_LINK)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise _refused(directory, "is no link") from None
        return directory  # without a link, and whatever else is wrong is told by whoever reads it
    if "/" in target or not target.startswith("..") or target == "..":
        raise _refused(directory, "leads out of the folder")
    folder = directory / target
    try:
        is_folder = stat.S_ISDIR(os.lstat(folder).st_mode)
    except OSError:
        is_folder = False
    if not is_folder:
        raise _refused(directory, "leads to no folder")
    _check_names(directory)
    return folder


def _check_names(directory: Path) -> None:
    """A file beside those of the volume would not be read, and may well be a revocation."""
    for name in sorted(os.listdir(directory)):
        if not name.startswith("..") and not (directory / name).is_symlink():
            message = "a file of its own in a folder that is a volume"
            hint = "Put it into the ConfigMap or Secret that the folder is made from."
            path = str(directory / name)
            raise KeyFileError(Reason.KEY_FILE, message, path=path, hint=hint)


def _refused(directory: Path, why: str) -> KeyFileError:
    path = str(directory / DATA_LINK)
    hint = "Mount the ConfigMap or Secret as a folder of its own."
    return KeyFileError(Reason.KEY_FILE, f"{DATA_LINK} {why}", path=path, hint=hint)
