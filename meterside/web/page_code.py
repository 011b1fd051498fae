"""What templates compile to. Jinja's own code asks of every call whether it wants the context, and wraps every value
that is shown in a `Markup`; ours calls at once and shows at once. A bill's page makes 190 calls and shows 500 values.

Both hold for our templates alone: nothing in them takes the context (a test looks), and all of them escape.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import Final

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

_SPECIAL: Final = re.compile(r"[&<>'\"]").search


def shown(value: object) -> str:
    """The value as it stands in a page, escaped; the same characters as `markupsafe.escape` gives."""
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[return-value]  # it is one
    if kind is str and _SPECIAL(value) is None:  # type: ignore[call-overload]  # it is one
        return value  # type: ignore[return-value]
    return escape(value)


class PageCode(CodeGenerator):
    """Jinja's compiler, but for calls and for what is shown."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """The module of a template, which knows `shown`."""
        self.writeline(f"from {__name__} import shown")
        super().visit_Template(node, frame)

    def _output_child_pre(
        self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("shown(")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """`f(a, b=c)` as it stands; what needs more than that is Jinja's."""
        is_plain = node.dyn_args is None and node.dyn_kwargs is None
        if not is_plain or any(iskeyword(kwarg.key) for kwarg in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")
