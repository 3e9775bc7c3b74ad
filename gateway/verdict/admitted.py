"""A judged record together with what it describes."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.records.model import Model, read_model
from gateway.verdict.verdict import Disclosed, Verified, Visible


@dataclass(frozen=True)
class Admitted:
    """A record that may be shown, and the model that its canonical bytes describe.

    The model cannot be handed in: it is read from what was judged. Raises RecordShapeError when
    the bytes describe none, and TypeError for anything that the verifier did not make.
    """

    visible: Visible
    model: Model = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.visible, Verified | Disclosed):
            raise TypeError("only a Verified or a Disclosed record can be admitted")
        object.__setattr__(self, "model", read_model(self.visible.decode().record))

    @property
    def path(self) -> str:
        return self.visible.path
