"""A process that forks itself for every page: each begins with everything imported, and shares nothing with another.

    zygote.py LISTENER ROOT BUILD

listens on a socket that it inherits. The first line of a connection says what to become: a process that runs one
page, or a further zygote that has imported more. All end when their standard input does, with the build.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from contextlib import suppress
from importlib import import_module
from typing import Any, TextIO

import numpy as np
from shell import Beneath, Shell, Stream
from traces import Traces, distrust_young_bytecode


def serve(listener: socket.socket, shell: Shell, traces: Traces) -> None:
    """Fork for every connection."""
    gc.freeze()  # a collection in a page's process would copy all that it shares with this one
    while True:
        ready, _, _ = select.select([listener, 0], [], [])
        if 0 in ready:
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork():
            connection.close()
            continue
        listener.close()
        try:
            lines = connection.makefile("rw", encoding="utf-8")
            become(json.loads(lines.readline()), lines, shell, traces)
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)  # sys.stderr is the page's
        os._exit(0)  # no clean-up of what is shared with the others


def become(wish: dict[str, Any], lines: TextIO, shell: Shell, traces: Traces) -> None:
    """Turn into a zygote that has imported one thing more, or into the process of a page."""
    os.chdir(wish["folder"])
    if "listen" not in wish:
        run_page(lines, shell, traces)
        return
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(wish["listen"])
    listener.listen()
    say(lines, {})  # from here on connections wait until the import is done
    with suppress(BaseException):  # the page will meet the error itself, and say where
        import_module(wish["import"])
    serve(listener, shell, traces)


def run_page(lines: TextIO, shell: Shell, traces: Traces) -> None:
    """Answer a page: what each piece of code shows, and in the end which files stood behind it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    beneath = [Beneath(stream) for stream in (sys.stdout, sys.stderr) if isinstance(stream, Stream)]
    np.random.seed()  # noqa: NPY002 - else all pages would draw alike
    say(lines, {"pid": os.getpid()})
    for line in lines:
        wish = json.loads(line)
        if "run" in wish:
            say(lines, {"outputs": shell.answer(wish["run"], wish["numbered"], beneath)})
        else:
            say(lines, {"files": traces.files(), "reads_cells": shell.reads_cells})


def say(lines: TextIO, answer: dict[str, Any]) -> None:
    """One line of JSON; what JSON does not know is shown as Python would."""
    lines.write(json.dumps(answer, default=str) + "\n")
    lines.flush()


if __name__ == "__main__":
    number, root, build = sys.argv[1:]
    del sys.argv[1:], sys.modules["shell"], sys.modules["traces"]  # no business of a page
    sys.path[0] = ""  # as in a kernel: the folder of the page
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes of pages
    distrust_young_bytecode()
    shell = Shell.instance()
    sys.stdout, sys.stderr = Stream("stdout", 1, shell.outputs), Stream("stderr", 2, shell.outputs)
    serve(socket.socket(fileno=int(number)), shell, Traces(root, build))
