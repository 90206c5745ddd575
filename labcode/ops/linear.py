"""Products of matrices and vectors, and sums: the ops that are linear in each input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np

from labcode.errors import ArgumentError
from labcode.op import Array, Count, Op, Partials, Shape, Step, Term, partials_of_product, with_input


@dataclass(frozen=True)
class MatMul(Op):
    """y[i, j] = Σ_k a[i, k] · b[k, j]."""

    symbol: ClassVar[str] = "matmul"
    signature: ClassVar[str] = "mk,kn->mn"

    def forward(self, *inputs: Array) -> Array:
        """A B."""
        a, b = inputs
        return a @ b

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G Bᵀ for A, Aᵀ G for B."""
        a, b = inputs
        return upstream @ b.T if arg == 0 else a.T @ upstream

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The product with one factor exchanged for its tangent."""
        return self.forward(*with_input(inputs, arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product."""
        return partials_of_product(self.signature, arg, *inputs)

    def count(self, *shapes: Shape) -> Count:
        """K products and K − 1 additions an entry."""
        return _sums(prod(self.shape(*shapes)), shapes[0][1])

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """The same mkn products, added up by entry of A or of B."""
        m, n = self.shape(*shapes)
        return _sums(prod(shapes[arg]), (n, m)[arg])

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Row times column for each entry."""
        a, b = inputs
        y = self.forward(a, b)
        for i, j in np.ndindex(y.shape):
            yield Step((i, j), "sum", tuple(Term((i, k), (a[i, k], b[k, j])) for k in range(a.shape[1])), y[i, j])


@dataclass(frozen=True)
class MatVec(Op):
    """y[i] = Σ_k a[i, k] · v[k]."""

    symbol: ClassVar[str] = "matmul"
    signature: ClassVar[str] = "mk,k->m"

    def forward(self, *inputs: Array) -> Array:
        """A v."""
        a, v = inputs
        return a @ v

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G vᵀ for A, Aᵀ g for v."""
        a, v = inputs
        return np.outer(upstream, v) if arg == 0 else a.T @ upstream

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The product with one factor exchanged for its tangent."""
        return self.forward(*with_input(inputs, arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product."""
        return partials_of_product(self.signature, arg, *inputs)

    def count(self, *shapes: Shape) -> Count:
        """K products and K − 1 additions an entry."""
        return _sums(*shapes[0])

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """The same mk products: each is an entry for A; for v they are added up, m an entry."""
        m, k = shapes[0]
        return _sums(m * k, 1) if arg == 0 else _sums(k, m)

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Row times vector for each entry."""
        a, v = inputs
        y = self.forward(a, v)
        for i in range(len(y)):
            yield Step((i,), "sum", tuple(Term((i, k), (a[i, k], v[k])) for k in range(len(v))), y[i])


@dataclass(frozen=True)
class VecMat(Op):
    """y[j] = Σ_k v[k] · b[k, j]: a row times a matrix."""

    symbol: ClassVar[str] = "matmul"
    signature: ClassVar[str] = "k,kn->n"

    def forward(self, *inputs: Array) -> Array:
        """Vᵀ B."""
        v, b = inputs
        return v @ b

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """B g for v, v gᵀ for B."""
        v, b = inputs
        return b @ upstream if arg == 0 else np.outer(v, upstream)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The product with one factor exchanged for its tangent."""
        return self.forward(*with_input(inputs, arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product."""
        return partials_of_product(self.signature, arg, *inputs)

    def count(self, *shapes: Shape) -> Count:
        """K products and K − 1 additions an entry."""
        k, n = shapes[1]
        return _sums(n, k)

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """The same kn products: each is an entry for B; for v they are added up, n an entry."""
        k, n = shapes[1]
        return _sums(k, n) if arg == 0 else _sums(k * n, 1)

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Vector times column for each entry."""
        v, b = inputs
        y = self.forward(v, b)
        for j in range(len(y)):
            yield Step((j,), "sum", tuple(Term((k,), (v[k], b[k, j])) for k in range(len(v))), y[j])


@dataclass(frozen=True)
class Dot(Op):
    """y = Σ_k a[k] · b[k]."""

    symbol: ClassVar[str] = "dot"
    signature: ClassVar[str] = "k,k->"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs, PyTorch's."""
        return ("input", "tensor")

    def forward(self, *inputs: Array) -> Array:
        """aᵀ b."""
        a, b = inputs
        return np.asarray(a @ b)

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G b for a, g a for b."""
        return upstream * inputs[1 - arg]

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The product with one factor exchanged for its tangent."""
        return self.forward(*with_input(inputs, arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product."""
        return partials_of_product(self.signature, arg, *inputs)

    def count(self, *shapes: Shape) -> Count:
        """K products, K − 1 additions."""
        return _sums(1, shapes[0][0])

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """K products."""
        return _sums(shapes[0][0], 1)

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """The products and their sum."""
        a, b = inputs
        yield Step((), "sum", tuple(Term((k,), (a[k], b[k])) for k in range(len(a))), self.forward(a, b)[()])


@dataclass(frozen=True)
class Linear(Op):
    """y[n, o] = b[o] + Σ_k x[n, k] · w[o, k], PyTorch's ``linear``: y = x Wᵀ + b.

    x is (K,), (N, K), or has up to four axes before K; w is (O, K), b is (O,).
    """

    symbol: ClassVar[str] = "linear"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return ("input", "weight", "bias")

    def signature_for(self, *ranks: int) -> str:
        """(N, O), or (O,) for a single input; further axes come along."""
        lead, bias = "nmlj"[: max(0, ranks[0] - 1)], ",o" if len(ranks) > 2 else ""
        return f"{lead}k,ok{bias}->{lead}o"

    def forward(self, *inputs: Array) -> Array:
        """X Wᵀ + b."""
        x, w, *bias = inputs
        y = x @ w.T
        return y + bias[0] if bias else y

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """G W for x, Gᵀ X for w, the sum of G over the batch for b."""
        x, w = inputs[:2]
        if arg == 0:
            return upstream @ w
        if arg == 1:
            return _as_rows(upstream).T @ _as_rows(x)
        return _as_rows(upstream).sum(axis=0)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """T Wᵀ for x, X Tᵀ for w, T itself at every input for b."""
        if arg == 2:
            return np.broadcast_to(tangent, output.shape)
        return self.forward(*with_input(inputs[:2], arg, tangent))

    def partials(self, arg: int, output: Array, *inputs: Array) -> Partials:
        """The other factor of each product; 1 for the bias of each entry."""
        if arg == 2:
            rows = np.arange(output.size)
            return Partials.of(rows, rows % inputs[2].size, output.dtype.type(1))
        return partials_of_product("nk,ok->no", arg, _as_rows(inputs[0]), inputs[1])

    def count(self, *shapes: Shape) -> Count:
        """K products and K − 1 additions an entry (K with bias)."""
        entries = prod(self.shape(*shapes))
        return _sums(entries, shapes[1][1]) + Count(add=entries * (len(shapes) > 2))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """The same N·O·K products, added up by entry of x or of w; for b the upstream entries."""
        (o, k), n = shapes[1], prod(shapes[0][:-1])
        if arg == 2:
            return Count(add=o * max(0, n - 1))
        return _sums(n * k, o) if arg == 0 else _sums(o * k, n)

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """Input row times weight row for each entry; a bias is the last term."""
        x, w = inputs[:2]
        y = self.forward(*inputs)
        for index in np.ndindex(y.shape):
            row = index[:-1]
            terms = [Term((*row, k), (x[(*row, k)], w[index[-1], k])) for k in range(w.shape[1])]
            terms += [Term((), (b[index[-1]],)) for b in inputs[2:]]
            yield Step(index, "sum", tuple(terms), y[index])


@dataclass(frozen=True)
class Sum(Op):
    """y = Σ x over all entries."""

    symbol: ClassVar[str] = "sum"
    signature: ClassVar[str] = "*->"

    def forward(self, *inputs: Array) -> Array:
        """The sum of all entries."""
        return np.asarray(inputs[0].sum())

    def vjp(self, arg: int, upstream: Array, output: Array, *inputs: Array) -> Array:
        """The upstream number at every entry."""
        return np.full(inputs[0].shape, upstream)

    def jvp(self, arg: int, tangent: Array, output: Array, *inputs: Array) -> Array:
        """The sum of the tangent."""
        return self.forward(tangent)

    def count(self, *shapes: Shape) -> Count:
        """N − 1 additions."""
        return Count(add=max(0, prod(shapes[0]) - 1))

    def count_vjp(self, arg: int, *shapes: Shape) -> Count:
        """One number is copied."""
        return Count()

    def trace(self, *inputs: Array) -> Iterator[Step]:
        """All entries and their sum."""
        (x,) = inputs
        yield Step((), "sum", tuple(Term(i, (x[i],)) for i in np.ndindex(x.shape)), self.forward(x)[()])


def product_of(*ranks: int) -> Op:
    """The op of a product a @ b of matrices (rank 2) and vectors (rank 1).

    Raises
    ------
    ArgumentError
        For other ranks.
    """
    ops: dict[tuple[int, ...], Op] = {(2, 2): MatMul(), (2, 1): MatVec(), (1, 2): VecMat(), (1, 1): Dot()}
    if ranks not in ops:
        expected = "matrix @ matrix, matrix @ vector, vector @ matrix or vector @ vector"
        raise ArgumentError("other", " @ ".join(f"{r}-D" for r in ranks), expected, "mk,kn->mn")
    return ops[ranks]


def _as_rows(x: Array) -> Array:
    """All axes but the last as one; a vector is one row."""
    return x.reshape(prod(x.shape[:-1]), x.shape[-1])


def _sums(entries: int, terms: int) -> Count:
    """Each entry a sum of products."""
    return Count(mul=entries * terms, add=entries * max(0, terms - 1))
