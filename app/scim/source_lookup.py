"""Makes the library of SCIM models cheap to import: modules of this package import it after this one.

For each class of models, Pydantic looks for the docstrings of its attributes. It asks `inspect.getmodule` for the
module of each frame on the stack. Several of them, for each import in progress, are frames of Python's import system,
whose code has no file. For these, `inspect` went through all imported modules, in vain, each time: a sixth of the time
in which a server starts. It remembers to which module a file belongs, so it is told that of these two.
"""

import inspect
from pathlib import Path
from typing import Final

IMPORT_SYSTEM: Final = ("importlib._bootstrap", "importlib._bootstrap_external")

for _module in IMPORT_SYSTEM:
    # `inspect` makes absolute paths of all names of files, of this one too.
    inspect.modulesbyfile[str(Path(f"<frozen {_module}>").absolute())] = _module
