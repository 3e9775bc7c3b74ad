"""One image for all tests of it: to make it takes a while."""

from __future__ import annotations

import pytest

from tests.deploy.image import Image, build


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build(tmp_path_factory.mktemp("image"))
