"""What `/metrics` says, read by the library's own parsers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from gateway.settings import Settings
from tests.support.folder import Folder

Read = Callable[[str], Iterable[Metric]]

read_text: Read = text_string_to_metric_families
# Without annotations of its own.
read_openmetrics: Read = openmetrics.text_string_to_metric_families


def open_to_all(folder: Folder, **changes: Any) -> Settings:
    """The settings of a folder whose metrics everybody may see."""
    scopes = ("read", "audit", "metrics")
    return folder.settings.model_copy(update={"open_scopes": scopes, **changes})
