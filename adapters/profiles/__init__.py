"""The declarative profile language: one YAML file per MCO, a schema for it, and named transforms.

`load` turns the text of a profile into a `Profile`; `transform` applies one named transform. Format
readers and MCO modules call them when they are imported. No scripting, no expressions, no I/O.
"""

from adapters.profiles.cutting import Cuts, cuts
from adapters.profiles.failure import ProfileError
from adapters.profiles.loading import load
from adapters.profiles.picking import NotThere
from adapters.profiles.profiling import (
    CommentRule,
    ConsentRule,
    ControlRule,
    Default,
    FieldRule,
    Ignored,
    Profile,
    RowRule,
    StatedRule,
    TableRule,
)
from adapters.profiles.transforms import (
    SYSTEMS,
    TRANSFORMS,
    known,
    open_century,
    system_of,
    transform,
    windowed,
)

__all__ = [
    "SYSTEMS",
    "TRANSFORMS",
    "CommentRule",
    "ConsentRule",
    "ControlRule",
    "Cuts",
    "Default",
    "FieldRule",
    "Ignored",
    "NotThere",
    "Profile",
    "ProfileError",
    "RowRule",
    "StatedRule",
    "TableRule",
    "cuts",
    "known",
    "load",
    "open_century",
    "system_of",
    "transform",
    "windowed",
]
