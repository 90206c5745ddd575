"""What is compared: each function measures one kind of work and returns rows of seconds."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import autograd
import numpy as np
import scipy
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody gives it

import labcode as lc
from benchmarks import peers
from benchmarks.layers import LAYERS, Layer
from benchmarks.timing import extra_memory, medians
from labcode import ops
from labcode.ops.im2col import WORKSPACE

Row = dict[str, Any]
DTYPES = ("float32", "float64")
max_pool_backward = torch.ops.aten.max_pool2d_with_indices_backward


POOLS = (("16 128² k2 s2", (1, 16, 128, 128), 2, 2, 0), ("N8 32 64² k3 s2", (8, 32, 64, 64), 3, 2, 1))
CHAINS = (1_000, 10_000, 100_000)


def everything() -> dict[str, Any]:
    """All comparisons, with the machine, the versions and the day."""
    torch.set_num_threads(1)
    rows: list[Row] = []
    for part in (convolution, pooling, tiny, chain, jacobian):
        for row in part():
            print(row["kind"], row["case"], row["dtype"], file=sys.stderr)
            rows.append(row)
    return {
        "machine": machine(),
        "workspace": WORKSPACE,
        "rows": rows,
        "whole_layer_jacobian": whole_layer_jacobian(),
        "import_seconds": import_time(),
    }


def machine() -> dict[str, Any]:
    """Where and when this was measured."""
    versions = {m.__name__: m.__version__ for m in (np, torch, scipy)} | {"autograd": _version("autograd")}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": 1,
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": versions,
        "date": datetime.now(UTC).date().isoformat(),
    }


def convolution() -> Iterator[Row]:
    """Forward, input gradient and kernel gradient of each layer."""
    for dtype in DTYPES:
        for layer in LAYERS:
            for kind, contenders in (_forward(layer, dtype), *_gradients(layer, dtype)):
                _agree(contenders)
                memory = {n: extra_memory(c) for n, c in contenders.items() if n in ("labcode", "index arrays")}
                yield _row(kind, layer.name, dtype, contenders, memory=memory, dense=layer.groups == 1)


def _arrays(layer: Layer, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((layer.images, layer.channels, layer.size, layer.size))
    w = rng.standard_normal((layer.kernels, layer.channels // layer.groups, layer.kernel, layer.kernel))
    return x.astype(dtype), w.astype(dtype)


def _forward(layer: Layer, dtype: str) -> tuple[str, dict[str, Callable[[], Any]]]:
    x, w = _arrays(layer, dtype)
    tx, tw = torch.from_numpy(x), torch.from_numpy(w)
    settings = layer.stride, layer.padding
    contenders: dict[str, Callable[[], Any]] = {
        "torch": lambda: F.conv2d(tx, tw, None, *settings, 1, layer.groups),
        "labcode": lambda: lc.conv2d(x, w, None, *settings, 1, layer.groups),
    }
    if layer.groups == 1:
        contenders["index arrays"] = lambda: peers.index_arrays(x, w, *settings)
        contenders["autograd"] = lambda: peers.autograd_conv(x, w, *settings)
        contenders["scipy"] = lambda: peers.scipy_correlate(x, w, *settings)
        if layer.images == 1 and dtype == "float64":
            contenders["loops"] = lambda: peers.loops(x, w, *settings)
    return "forward", contenders


def _gradients(layer: Layer, dtype: str) -> Iterator[tuple[str, dict[str, Callable[[], Any]]]]:
    x, w = _arrays(layer, dtype)
    op = ops.Conv2d(layer.stride, layer.padding, 1, layer.groups)
    y = op.forward(x, w)
    g = np.random.default_rng(1).standard_normal(y.shape).astype(dtype)
    tx, tw, tg = map(torch.from_numpy, (x, w, g))
    pair = ([layer.stride] * 2, [layer.padding] * 2, [1, 1], False, [0, 0], layer.groups)
    courses = (peers.index_arrays_input_gradient, peers.index_arrays_kernel_gradient)
    for arg, kind in enumerate(("input gradient", "kernel gradient")):
        mask = [arg == 0, arg == 1, False]

        def by_torch(arg: int = arg, mask: list[bool] = mask) -> Any:
            return torch.ops.aten.convolution_backward(tg, tx, tw, None, *pair, mask)[arg]

        contenders: dict[str, Callable[[], Any]] = {
            "torch": by_torch,
            "labcode": lambda arg=arg: op.vjp(arg, g, y, x, w),
        }
        if layer.groups == 1:
            course = courses[arg]
            contenders["index arrays"] = lambda course=course: course(g, x, w, layer.stride, layer.padding)
        if layer.groups == layer.stride == layer.images == 1:
            contenders["autograd"] = peers.autograd_gradient(g, x, w, layer.padding, arg)
        yield kind, contenders


def pooling() -> Iterator[Row]:
    """Max pooling forward (both of torch's memory formats), with indices, and backward."""
    for dtype in DTYPES:
        for name, shape, k, s, p in POOLS:
            x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
            tx, op = torch.from_numpy(x), ops.MaxPool2d(k, s, p)
            last = tx.contiguous(memory_format=torch.channels_last)
            y, (_, winners) = op.forward(x), F.max_pool2d(tx, k, s, p, return_indices=True)
            g = np.ones_like(y)
            tg = torch.from_numpy(g)
            both = ([k, k], [s, s], [p, p], [1, 1], False)
            kinds: dict[str, dict[str, Callable[[], Any]]] = {
                "max pooling": {
                    "torch": lambda tx=tx, k=k, s=s, p=p: F.max_pool2d(tx, k, s, p),
                    "torch channels_last": lambda last=last, k=k, s=s, p=p: F.max_pool2d(last, k, s, p),
                    "labcode": lambda x=x, k=k, s=s, p=p: lc.max_pool2d(x, k, s, p),
                },
                "max pooling backward": {
                    "torch": lambda tg=tg, tx=tx, both=both, i=winners: max_pool_backward(tg, tx, *both, i),
                    "labcode": lambda op=op, g=g, y=y, x=x: op.vjp(0, g, y, x),
                },
            }
            for kind, contenders in kinds.items():
                _agree(contenders)
                yield _row(kind, name, dtype, contenders)


def tiny() -> Iterator[Row]:
    """The lab's own sizes, where the time is all in the call."""
    x, w = np.array([[1.0, 0, 2], [2, 1, -1], [0, 0, 2]]), np.array([[1.0, -1], [0, 2]])
    tx, tw = torch.from_numpy(x)[None, None], torch.from_numpy(w)[None, None]
    yield _row(
        "tiny", "conv2d 3×3, 2×2", "float64", {"torch": lambda: F.conv2d(tx, tw), "labcode": lambda: lc.conv2d(x, w)}
    )
    pool = {"torch": lambda: F.max_pool2d(tx, 2, 1), "labcode": lambda: lc.max_pool2d(x, 2, 1)}
    yield _row("tiny", "max_pool2d 3×3, 2×2", "float64", pool)


def chain() -> Iterator[Row]:
    """Seconds a node of a chain of scalar sums and products, forward and backward; NumPy: its operations alone.

    Whatever was imported is kept out of the garbage collector's walks: they would be counted with the graph.
    """
    gc.collect()
    gc.freeze()
    for nodes in CHAINS:

        def by_labcode(nodes: int = nodes) -> Any:
            c, x = lc.Variable(1.0001, requires_grad=False), lc.Variable(1.0)
            _links(x, c, nodes).backward()
            return x.grad

        def by_torch(nodes: int = nodes) -> Any:
            c, x = torch.tensor(1.0001, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
            _links(x, c, nodes).backward()
            return x.grad

        def by_numpy(nodes: int = nodes) -> Any:
            c, g = np.array(1.0001), np.array(1.0)
            _links(g, c, nodes)
            for i in range(nodes):
                if i % 2:
                    g = g * c
            return g

        def by_autograd(nodes: int = nodes) -> Any:
            return autograd.grad(lambda x: _links(x, 1.0001, nodes))(1.0)

        contenders = {"torch": by_torch, "labcode": by_labcode, "NumPy's operations": by_numpy}
        if nodes <= CHAINS[1]:
            contenders["autograd"] = by_autograd
        _agree(contenders)
        row = _row("chain", f"{nodes:,} nodes", "float64", contenders, repeats=5)
        yield row | {"seconds": {name: t / nodes for name, t in row["seconds"].items()}}
    gc.unfreeze()


def _links(x: Any, c: Any, nodes: int) -> Any:
    for i in range(nodes):
        x = x * c if i % 2 else x + c
    return x


def jacobian() -> Iterator[Row]:
    """Jacobians of a convolution with respect to its input: dense, sparse, and as a product with a tangent."""
    for name, channels, kernels, size in (("2→3 8² k3", 2, 3, 8), ("3→16 16² k3", 3, 16, 16)):
        rng = np.random.default_rng(0)
        x, w = rng.standard_normal((1, channels, size, size)), rng.standard_normal((kernels, channels, 3, 3))
        tx, tw = torch.from_numpy(x), torch.from_numpy(w)
        v = lc.Variable(x)
        y = lc.conv2d(v, w, padding=1)

        def layer(t: torch.Tensor, tw: torch.Tensor = tw) -> torch.Tensor:
            return F.conv2d(t, tw, padding=1)

        contenders: dict[str, Callable[[], Any]] = {
            "torch": lambda layer=layer, tx=tx: torch.autograd.functional.jacobian(layer, tx),
            "torch jacrev": lambda layer=layer, tx=tx: torch.func.jacrev(layer)(tx),
            "labcode": lambda y=y, v=v: lc.jacobian(y, v, order="C"),
            "labcode, sparse": lambda y=y, v=v: lc.jacobian(y, v, order="C", sparse=True),
        }
        dense = np.asarray(contenders["torch"]()).reshape(y.value.size, x.size)
        np.testing.assert_allclose(contenders["labcode"](), dense, atol=1e-12)
        np.testing.assert_allclose(contenders["labcode, sparse"]().toarray(), dense, atol=1e-12)
        yield _row("jacobian", f"conv2d {name}", "float64", contenders)


def whole_layer_jacobian() -> dict[str, float]:
    """Seconds, bytes and non-zeros of the sparse Jacobian of the first layer, which no memory holds dense."""
    x, w = _arrays(LAYERS[0], "float64")
    v = lc.Variable(x)
    y = lc.conv2d(v, w, padding=LAYERS[0].padding)

    def call() -> Any:
        return lc.jacobian(y, v, order="C", sparse=True)

    matrix, (rows, columns) = call(), (y.value.size, x.size)
    stored = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    return {
        "rows": rows,
        "columns": columns,
        "nonzeros": matrix.nnz,
        "seconds": medians({"labcode": call}, 5)["labcode"],
        "bytes": stored,
        "extra_bytes": extra_memory(call),
        "dense_bytes": rows * columns * x.itemsize,
    }


def import_time(repeats: int = 7) -> dict[str, float]:
    """Seconds to import NumPy alone, and labcode with it."""

    def load(module: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True)

    return medians({name: load(name) for name in ("numpy", "labcode")}, repeats)


def _row(
    kind: str,
    case: str,
    dtype: str,
    contenders: dict[str, Callable[[], Any]],
    memory: dict[str, int] | None = None,
    dense: bool = False,
    repeats: int = 15,
) -> Row:
    seconds = medians(contenders, repeats)
    return {"kind": kind, "case": case, "dtype": dtype, "dense": dense, "seconds": seconds, "memory": memory or {}}


def _agree(contenders: dict[str, Callable[[], Any]]) -> None:
    """What is compared must be the same: every contender's numbers are torch's."""
    expected = np.asarray(contenders["torch"]())
    for name, call in contenders.items():
        if name != "NumPy's operations":
            np.testing.assert_allclose(np.asarray(call()), expected, rtol=1e-3, atol=2e-2, err_msg=name)


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        if names:
            return names[0]
    return platform.processor() or platform.machine()
