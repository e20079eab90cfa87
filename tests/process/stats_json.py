#!/usr/bin/python3
"""stats_json: `stats json GROUP` is JSON, and says what `stats GROUP` does, under names that are made of the same rows."""

import json
import os

from process import check, check_that, larderd

# How a line's name is made of the instance and the row, by group and member of the object.
LEADS = {("items", "by_class"): "items:", ("pages", "by_class"): "class:", ("numa", "by_node"): "node"}
ABSENT = ("NULL", "(null)")


def flat(group, found):
    """Names and values as lines have them, but for the page map."""
    lines = {}
    for name, value in found.items():
        if not isinstance(value, dict):
            lines[name] = value
            continue
        lead = LEADS.get((group, name), "")
        for instance, members in value.items():
            if not isinstance(members, dict):
                lines[lead + instance] = members
            elif name == "by_page":
                lines[f"page:{instance}"] = members
            else:
                lines.update((f"{lead}{instance}:{row}", member) for row, member in members.items())
    return lines


def same(text, value):
    """A value of a line, and the same in JSON; numbers may have changed between the two."""
    if isinstance(value, bool):
        return text == ("yes" if value else "no") or text == str(int(value))
    if isinstance(value, dict):
        fields = [field.split("=", 1) for field in text.split(" ")]
        return [name for name, _ in fields] == list(value) and all(same(t, value[n]) for n, t in fields)
    if isinstance(value, (int, float)):
        return isinstance(value, float) == ("." in text) and text.lstrip("-").replace(".", "").isdigit()
    return text == value


def compared(c, group):
    text = {name: value for name, value in c.stats(group).items() if value not in ABSENT}
    found = flat(group, json.loads(c.stats(f"json {group}".strip())["json"]))
    check(f"names of {group}, in their order", list(found), list(text))
    for name, value in text.items():
        check_that(f"{group} {name} is {value}", same(value, found[name]), found[name])


def test():
    environment = dict(os.environ, LARDER_NUMA="2")     # builds with checks use it
    with larderd.Server("-m", "16", "-o", "track_sizes", listen="tcp", env=environment) as server, server.connect() as c:
        for i in range(100):
            c.send(f"set k{i} 0 100 {i * 100} noreply\r\n".encode() + b"x" * (i * 100) + b"\r\n")
        check("all are stored", c.ask("mn"), "MN")
        for group in ("", "settings", "conns", "items", "slabs", "sizes", "larder", "memory", "pages", "numa", "policy"):
            compared(c, group)


larderd.main(test)
