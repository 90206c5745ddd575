"""IPython with neither terminal nor kernel: all that a cell shows is collected, in the form notebooks have for it."""

from __future__ import annotations

import io
import linecache
import os
import tempfile
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output = dict[str, Any]


class Result(DisplayHook):
    """Keeps the value of a cell's last expression instead of printing it."""

    def write_output_prompt(self) -> None:
        """No prompt."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        """Keep the value in all its forms."""
        shown = {"data": encoded(format_dict), "metadata": md_dict or {}, "execution_count": self.prompt_count}
        self.shell.outputs.append({"output_type": "execute_result", **shown})

    def finish_displayhook(self) -> None:
        """No empty line."""
        self._is_active = False


class Displays(DisplayPublisher):
    """Keeps what `display` is given."""

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **options: Any) -> None:
        """Keep it, or put it in the place of an earlier one of this cell, if it is an update."""
        shown = {"data": encoded(data), "metadata": metadata or {}}
        name = (options.get("transient") or {}).get("display_id")
        for output in self.shell.outputs if options.get("update") else ():
            if name is not None and output.get("display_id") == name:
                output.update(shown)
        if not options.get("update"):
            self.shell.outputs.append({"output_type": "display_data", **shown, "display_id": name})

    def clear_output(self, wait: bool = False) -> None:
        """Forget what the cell has shown."""
        self.shell.outputs.clear()


class Shell(InteractiveShell):
    """The shell of one page."""

    displayhook_class = Type(Result)
    display_pub_class = Type(Displays)
    outputs: list[Output]

    def __init__(self) -> None:
        self.outputs = []
        self.reads_cells = False
        super().__init__(config=Config(HistoryManager={"enabled": False}))

    def answer(self, source: str, numbered: bool, beneath: Sequence[Beneath] = ()) -> list[Output]:
        """Run code and return what it shows; numbered if it is a cell, not an expression in a sentence."""
        self.run_cell(source, store_history=numbered)
        for descriptor in beneath:
            descriptor.collect()
        shown = self.outputs.copy()
        self.outputs.clear()
        return [{key: value for key, value in output.items() if key != "display_id"} for output in shown]

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        error = {"ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
        self.outputs.append({"output_type": "error", **error})

    def notice_reading(self) -> None:
        """Keep in mind whether somebody looks at the text of a cell, comments and all."""
        read = linecache.getlines

        def getlines(filename: str, module_globals: dict[str, Any] | None = None) -> list[str]:
            self.reads_cells |= filename.startswith("<ipython-input")
            return read(filename, module_globals)

        linecache.getlines = getlines


class Stream(io.TextIOBase):
    """What stands for sys.stdout or sys.stderr."""

    encoding = "UTF-8"

    def __init__(self, name: str, descriptor: int, outputs: list[Output]) -> None:
        self.stream, self.descriptor, self.outputs = name, descriptor, outputs

    def write(self, text: str) -> int:
        """Go on with the stream if it was the last to show something."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        last = self.outputs[-1] if self.outputs else {}
        if last.get("name") == self.stream:
            last["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": self.stream, "text": text})
        return len(text)

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """What programs started by the page write to."""
        return self.descriptor


class Beneath:
    """What is written past Python, by compiled code and by other programs: a file in the place of a descriptor."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.file, name = tempfile.mkstemp()
        os.unlink(name)
        os.dup2(self.file, stream.descriptor)

    def collect(self) -> None:
        """Hand to the stream what was written since the last time."""
        if text := os.pread(self.file, os.fstat(self.file).st_size, 0):
            os.ftruncate(self.file, 0)
            os.lseek(self.file, 0, os.SEEK_SET)
            self.stream.write(text.decode(errors="replace"))


def encoded(data: dict[str, Any]) -> dict[str, Any]:
    """A bundle of forms as JSON can hold it: pictures in base 64."""
    return {kind: b64encode(value).decode() if isinstance(value, bytes) else value for kind, value in data.items()}
