"""larder.1, its three completions and the tables of tools/ name the same commands and options.  The groups of stats come into the completions at build."""
import re

import tree

PAGE = "packaging/man/larder.1"
BASH, ZSH, FISH = (f"packaging/completions/{p}" for p in ("bash/larder.in", "zsh/_larder.in", "fish/larder.fish.in"))
COMMAND = re.compile(r'^COMMAND\("(\w+)",\s*\w+,\s*"([^"]*)",\s*\w+,\s*\w+,\s*([\w |]+?),\s*"', re.M)
OPTION = re.compile(r"""^OPT\(('.'|0),\s*"([\w-]+)",\s*(NULL|"[^"]*"),\s*\w+,\s*\w+,\s*(\w+),""", re.M)
# Commands and options in the page's markup: \fBget\fR \fIkey\fR...  and  \fB\-s\fR, \fB\-\-servers\fR \fIlist\fR
PAGE_COMMAND = re.compile(r"^\.TP\n\\fB(\w+)\\fR(.*)$", re.M)
PAGE_OPTION = re.compile(r"^\.TP\n(?:\\fB\\-(\w)\\fR, )?\\fB\\-\\-([\w-]+)\\fR(.*)$", re.M)
WORDS = re.compile(r"local commands=\"([^\"]*)\"")
BASH_TAKES = re.compile(r"^    ([a-z |]+)\) all\+=\"([^\"]*)\" ;;", re.M)


def plain(text):
    return re.sub(r"\\f[BIR]|\\", "", text).strip().upper()


def page(commands, options):
    text = tree.read(PAGE)
    written = {name: plain(arguments) for name, arguments in PAGE_COMMAND.findall(text)}
    for name, arguments, _ in commands:
        if written.pop(name, None) != arguments:
            yield PAGE, f"{name} is not there with its arguments {arguments!r}"
    yield from ((PAGE, f"{name} is not a command") for name in written)
    written = {name: (letter, plain(argument)) for letter, name, argument in PAGE_OPTION.findall(text)}
    for letter, name, argument, _ in options:
        wanted = (letter.strip("'") if letter != "0" else "", "" if argument == "NULL" else argument.strip('"'))
        if written.pop(name, None) != wanted:
            yield PAGE, f"--{name} is not there as {wanted}"
    yield from ((PAGE, f"--{name} is not an option") for name in written)


def bash(commands, options):
    text = tree.read(BASH)
    if WORDS.search(text).group(1).split() != [c[0] for c in commands]:
        yield BASH, "its commands are not those of commands.def, in their order"
    taken = {}
    for names, words in BASH_TAKES.findall(text):
        taken.update((name, words.split()) for name in names.split(" | "))
    for name, _, takes in commands:
        wanted = [f"--{o[1]}" for o in options if o[3] in takes.split(" | ")]
        if taken.get(name.strip(), []) != wanted:
            yield BASH, f"{name} takes {wanted}"
    for _, name, _, takes in options:
        if takes == "ALL" and f"--{name}" not in text:
            yield BASH, f"--{name} is missing"


def others(commands, options):
    zsh, fish = tree.read(ZSH), tree.read(FISH)
    for name, _, takes in commands:
        if not re.search(rf"^        '{name}:", zsh, re.M):
            yield ZSH, f"{name} is missing"
        if f"-a '{name}'" not in fish and f"-a {name} " not in fish:
            yield FISH, f"{name} is missing"
    for _, name, _, takes in options:
        if f"--{name}" not in zsh:
            yield ZSH, f"--{name} is missing"
        of = [c[0] for c in commands if takes in c[2].split(" | ")]
        condition = f'__fish_seen_subcommand_from {" ".join(of)}"' if of else ""
        if not re.search(rf"^complete -c larder.*{re.escape(condition)}.* -l {name}\b", fish, re.M):
            yield FISH, f"--{name} is missing, or not for {of}"


def main():
    commands = COMMAND.findall(tree.read("tools/commands.def"))
    options = OPTION.findall(tree.read("tools/cli/options.def"))
    complaints = [(path, 0, what) for check in (page, bash, others) for path, what in check(commands, options)]
    if len(commands) < 15 or len(options) < 10:
        complaints.append(("tools/commands.def", 0, "its rows have a form that this test cannot read"))
    complaints += [(path, 0, "does not offer the groups of stats") for path in (BASH, ZSH, FISH) if "json @stats_groups@" not in tree.read(path)]
    tree.report(complaints + list(tree.rendered(PAGE)))


main()
