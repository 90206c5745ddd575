"""The one exception that labcode raises for a wrong argument."""

from __future__ import annotations


class ArgumentError(ValueError):
    """An argument that breaks a rule, told with the rule.

    Parameters
    ----------
    argument : str
        Name of the offending argument, as the caller wrote it.
    value : object
        The value that was given (for arrays: the shape or dtype at fault).
    expected : str
        What would have been accepted.
    formula : str, optional
        The formula that the value broke.

    Attributes
    ----------
    node : str
        Inside a graph, the node at which it happened; empty elsewhere.

    Examples
    --------
    >>> raise ArgumentError("stride", 0, "an integer >= 1")
    Traceback (most recent call last):
    labcode.errors.ArgumentError: stride = 0: expected an integer >= 1
    """

    def __init__(self, argument: str, value: object, expected: str, formula: str = "") -> None:
        self.argument, self.value, self.expected, self.formula = argument, value, expected, formula
        self.node = ""
        super().__init__(argument, value, expected, formula)

    def __str__(self) -> str:
        rule = f"; rule: {self.formula}" if self.formula else ""
        place = f"; in node {self.node}" if self.node else ""
        return f"{self.argument} = {self.value}: expected {self.expected}{rule}{place}"
