"""What can go wrong that a person can mend.

EditError                 everything below: exit status 2, one sentence, no traceback
├── ImageError            a file that is not a usable picture, or pictures whose sizes do not match
├── FaceError             no face, a face too small, a full profile, a face number that is not there
├── SettingError          a setting outside its bounds, or a name that does not exist
├── ModelError            a model that is not on this machine, was changed, or does not fit
└── NotebookError         a notebook that cannot be read or replayed

Every message says what came, what is allowed and what to do. Anything else that is raised is a bug.
"""


class EditError(Exception):
    """An error a person can mend; its text is shown as it is."""


class ImageError(EditError):
    """A picture that cannot be used."""


class FaceError(EditError):
    """A face that cannot be found or edited."""


class SettingError(EditError):
    """A setting outside what it allows."""


class ModelError(EditError):
    """A model that cannot be loaded."""


class NotebookError(EditError):
    """A notebook that cannot be read."""
