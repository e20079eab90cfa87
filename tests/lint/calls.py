"""Which file calls which, read from the source: for layers.py.

A file is a .c with the .h of its name; an inline function of a header belongs to it, and so do the bodies of its
macros.  A file uses another when it names a function or an object that the other defines and does not keep static.
Relies on the return type standing on its own line, which format.sh checks.
"""
import re

import tree

FUNCTION = re.compile(r"^(?P<type>[A-Za-z_][^\n;={}#]*?)\n(?P<name>[a-z_]\w*)\([^;{]*?\)\n\{", re.MULTILINE)
OBJECT = re.compile(r"^(?!static|extern|typedef|return)[A-Za-z_][\w \t*]*?\b(?P<name>[a-z_]\w*)(?:\[[^\]\n]*\])* = ", re.MULTILINE)
MACRO = re.compile(r"^#define(?:.*\\\n)*.*", re.MULTILINE)
BODY = re.compile(r"^\{\n.*?^\}", re.MULTILINE | re.DOTALL)
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
# A name that does not follow -> or . as a member does.
NAME = re.compile(r"(?<![\w.>])[A-Za-z_]\w*|(?<=->|\.\.)[A-Za-z_]\w*(?=\s*\()")


def code(path):
    """The text without comments and strings."""
    return COMMENT_OR_STRING.sub(" ", tree.read(path))


def module(path):
    return re.sub(r"\.[ch]$", "", path)


def is_static(match):
    return "static" in match["type"].split()


def uses(folder):
    """{module: {module used: {names}}} of the .c and .h files of one folder."""
    text = {path: code(path) for path in tree.files((".c", ".h"), (folder,))}
    owner, own = {}, {}
    for path, source in text.items():
        own[path] = {m["name"] for m in FUNCTION.finditer(source)}     # several programs have a main
        for m in FUNCTION.finditer(source):
            if not is_static(m) or path.endswith(".h"):
                owner.setdefault(m["name"], module(path))
        if path.endswith(".c"):
            for m in OBJECT.finditer(source):
                owner.setdefault(m["name"], module(path))
    found = {}
    for path, source in text.items():
        if path.endswith(".h"):     # a declaration uses nothing
            source = "\n".join(BODY.findall(source) + MACRO.findall(source))
        for name in set(NAME.findall(source)) - own[path]:
            other = owner.get(name)
            if other and other != module(path):
                found.setdefault(module(path), {}).setdefault(other, set()).add(name)
    return found


def circles(edges):
    """The strongly connected components of more than one module (Tarjan, SIAM J. Comput. 1972), without recursion."""
    order, low, stack, on_stack, found = {}, {}, [], set(), []
    for start in sorted(edges):
        work = [(start, iter(sorted(edges.get(start, ()))))] if start not in order else []
        if work:
            order[start] = low[start] = len(order)
            stack.append(start)
            on_stack.add(start)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(sorted(edges.get(other, ())))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], order[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    circle = stack[stack.index(node):]
                    del stack[stack.index(node):]
                    on_stack -= set(circle)
                    if len(circle) > 1:
                        found.append(sorted(circle))
    return found
