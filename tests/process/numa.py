#!/usr/bin/python3
"""numa: several memory nodes: each worker and its items on one node, counted reads, and items that move to their readers.

A checked build accepts made-up nodes; memory is not placed then, but the rest works as on a real machine.  On a
machine with several nodes the real ones are tested too, with any build: the CPUs of the threads, and where the
kernel has put each page.
"""

import os
import random
import re

from process import SANITIZED, check, check_that, larderd, until

N_KEYS = 400
LOCAL = 0.95        # the least share of local reads, once each item is on its reader's node


def figures(c):
    """`stats numa` as a list of nodes, each a dict of numbers."""
    found = c.stats("numa")
    nodes = [{} for _ in range(int(found["nodes"]))]
    for name, value in found.items():
        if name != "nodes":
            node, what = re.fullmatch(r"node(\d+):(\w+)", name).groups()
            nodes[int(node)][what] = int(value)
    return nodes


def total(c, what):
    return sum(node[what] for node in figures(c))


class Client:
    """A connection, and the node of the worker that serves it."""

    def __init__(self, server):
        self.c = server.connect()
        check("a first item", self.c.ask("set find-me 0 0 1\r\nx"), "STORED")
        before = figures(self.c)
        self.read(["find-me"])
        after = figures(self.c)
        read = [a["reads_local"] + a["reads_remote"] - b["reads_local"] - b["reads_remote"] for a, b in zip(after, before)]
        self.node = read.index(1)

    def read(self, keys):
        """Gets each key on its own; returns how many exist."""
        self.c.send("".join(f"get {key}\r\n" for key in keys).encode() + b"mn\r\n")
        return self.c.read_until(b"MN\r\n").count(b"VALUE ")

    def write(self, keys, value):
        """Every set must succeed."""
        for at in range(0, len(keys), 50):
            some = keys[at:at + 50]
            self.c.send(b"".join(b"set %s 0 0 %d\r\n%s\r\n" % (k.encode(), len(value), value) for k in some) + b"mn\r\n")
            check("sets", self.c.read_until(b"MN\r\n"), b"STORED\r\n" * len(some) + b"MN\r\n")

    def write_and_read(self, key, value):
        """In one write, so that no other request comes in between, however slow this machine is."""
        self.c.send(b"set %s 0 0 %d\r\n%s\r\nget %s\r\n" % (key.encode(), len(value), value, key.encode()))
        return self.c.read_until(b"END\r\n") == b"STORED\r\nVALUE %s 0 %d\r\n%s\r\nEND\r\n" % (
            key.encode(), len(value), value)

    def share_local(self, keys):
        """The share of local reads in one round."""
        before = figures(self.c)[self.node]
        check("all exist", self.read(keys), len(keys))
        after = figures(self.c)[self.node]
        local, remote = (after[what] - before[what] for what in ("reads_local", "reads_remote"))
        check("all are counted", local + remote, len(keys))
        return local / len(keys)


def clients_of(server, n_nodes):
    """One client of each node with workers: connections are dealt out in turn."""
    clients = {}
    for _ in range(4 * n_nodes):
        client = Client(server)
        if client.node in clients:
            client.c.close()
        else:
            clients[client.node] = client
    return [clients[node] for node in sorted(clients)]


def keys_of(name, n=N_KEYS):
    return [f"{name}-{i}" for i in range(n)]


def warm_up(client, keys):
    """Reads until all items have moved, which takes a second of reading: afterwards none is still moving."""
    until(f"all that node {client.node} reads exists", lambda: (share := client.share_local(keys)) == 1 or share, 60)


def items_follow(server, clients):
    """Each client reads what another node's worker stored, which moves to its node; items that all clients read stay."""
    c = clients[0].c
    before = total(c, "items_brought")
    for i, client in enumerate(clients):
        client.write(keys_of(f"n{i}"), b"v" * 300)
        check_that("stored here", client.share_local(keys_of(f"n{i}")) == 1)
    for i, client in enumerate(clients):
        keys = keys_of(f"n{(i + 1) % len(clients)}")
        check_that("stored elsewhere", client.share_local(keys) <= 1 - LOCAL)
        warm_up(client, keys)
    for i, client in enumerate(clients):
        share = client.share_local(keys_of(f"n{(i + 1) % len(clients)}"))
        check_that("and stays", share >= LOCAL, share)
        print(f"node {client.node}: {100 * share:.1f} % of reads are local, of what another node stored")
    brought = total(c, "items_brought") - before
    check_that("each item moved once", brought <= N_KEYS * len(clients) + 1, brought)

    first, second = clients[:2]
    shared = keys_of("shared", 50)
    first.write(shared, b"s" * 100)
    before = total(c, "items_brought")
    for _ in range(200):
        for client in clients:
            check("shared", client.read(shared), 50)
    check("items that all read stay", total(c, "items_brought"), before)
    check_that("on their first node", first.share_local(shared) == 1 and second.share_local(shared) == 0)
    check("reset", c.ask("stats reset"), "RESET")
    check_that("from 0", total(c, "reads_remote") + total(c, "items_brought") == 0)


def full_memory(server, clients):
    """Workers of all nodes write, then one alone, while sizes change."""
    c = clients[0].c
    for phase, size in enumerate((100, 4000, 100, 60000, 700)):
        writers = clients if phase < 3 else clients[:1]
        n = int((4 << 20) * (1 if SANITIZED else 3) / (size + 60)) // len(writers)
        for client in writers:
            keys = keys_of(f"p{phase}-{client.node}", n)
            for at in range(0, n, 1000):
                client.write(keys[at:at + 1000], b"f" * size)
            check(f"the newest of {size} bytes exists", client.write_and_read(keys[-1], b"f" * size), True)
            client.read(random.Random(phase).sample(keys, min(n, 100)))
    nodes = figures(c)
    for node in nodes:
        check_that("every node is used", node["pages_used"] + node["pages_free"] > 0, nodes)
        check_that("and swept", node["pages_swept"] > 0, nodes)
    most = int(c.stats("larder")["pages_total"]) - 8

    def in_use():       # except for pages that a mover has just emptied
        n = total(c, "pages_used") + total(c, "pages_free")
        return n >= most or n
    until(f"{most} pages are in use", in_use)


def made_up(say, n_nodes, n_bare):
    """A server with these made-up nodes, n_bare of them without CPUs."""
    n_all = n_nodes + n_bare
    environment = dict(os.environ, LARDER_NUMA=say)
    with larderd.Server("-t", str(n_nodes * 2), "-m", "16", env=environment) as server:
        clients = clients_of(server, n_nodes)
        check("nodes", len(figures(clients[0].c)), n_all)
        check("nodes with workers", [client.node for client in clients], list(range(n_nodes)))
        check("workers", [n["workers"] for n in figures(clients[0].c)], [2] * n_nodes + [0] * n_bare)
        items_follow(server, clients)
    with larderd.Server("-t", str(n_nodes), "-m", "4", "-I", "500k", *larderd.AS_STORED, env=environment) as server:
        full_memory(server, clients_of(server, n_nodes))
    with larderd.Server("-o", "no_numa", env=environment) as server, server.connect() as c:
        check("no_numa: one node", c.stats("numa"), {"nodes": "1"})


# ---- the machine's own --------------------------------------------------------

def listed(text):
    """0-2,5 as a set."""
    found = set()
    for part in text.strip().split(","):
        if part:
            first, _, last = part.partition("-")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def nodes_of_machine():
    """The CPUs of each node that has memory, by its number."""
    base = "/sys/devices/system/node"
    try:
        with open(f"{base}/has_memory", encoding="ascii") as f:
            numbers = sorted(listed(f.read()))
    except FileNotFoundError:
        return {}
    found = {}
    for number in numbers:
        with open(f"{base}/node{number}/cpulist", encoding="ascii") as f:
            found[number] = listed(f.read())
    return found


def threads_of(server, name):
    """The CPUs that each of those threads may run on."""
    found = []
    base = f"/proc/{server.process.pid}/task"
    for task in sorted(os.listdir(base), key=int):
        with open(f"{base}/{task}/status", encoding="ascii") as f:
            text = f.read()
        if re.search(rf"^Name:\s*{name}", text, re.M):
            found.append(listed(re.search(r"^Cpus_allowed_list:\s*(.*)$", text, re.M)[1]))
    return found


def check_threads(server, nodes, allowed):
    """Workers are distributed over the nodes in turn; each node has a mover."""
    homes = [cpus & allowed for cpus in nodes.values() if cpus & allowed]
    workers = [homes[i % len(homes)] for i in range(len(threads_of(server, "worker ")))]
    movers = [cpus & allowed or allowed for cpus in nodes.values()]

    def at_home(name, homes):       # each thread sets its CPUs itself, when it starts
        return (now := threads_of(server, name)) == homes or now
    until("workers' CPUs", lambda: at_home("worker ", workers))
    until("movers' CPUs", lambda: at_home("larder-mover", movers))


def check_places(c):
    """The kernel has placed every page on the node that larderd asked for."""
    for i, node in enumerate(figures(c)):
        check_that(f"node {i}: all pages are on this node", node["asked_elsewhere"] == 0, node)
        check_that(f"node {i}: all pages were asked for", node["asked_resident"] >= node["pages_used"], node)
        print(f"node {i}: {node['pages_used']} pages; of the machine's {node['asked_here']} here, "
              f"{node['asked_elsewhere']} elsewhere")


def real(nodes):
    allowed = os.sched_getaffinity(0)
    homes = [cpus & allowed for cpus in nodes.values() if cpus & allowed]
    with larderd.Server("-t", str(2 * len(homes)), "-m", "32") as server:
        clients = clients_of(server, len(homes))
        c = clients[0].c
        check("nodes", [n["machine_node"] for n in figures(c)], list(nodes))
        check("CPUs", [n["cpus"] for n in figures(c)], [len(cpus & allowed) for cpus in nodes.values()])
        check_threads(server, nodes, allowed)
        items_follow(server, clients)
        for client in clients:
            client.write(keys_of(f"fill{client.node}", 2000), b"f" * 4000)
        check_places(c)
    with larderd.Server("-t", str(len(homes)), "-m", "4", "-I", "500k", *larderd.AS_STORED) as server:
        clients = clients_of(server, len(homes))
        full_memory(server, clients)
        check_places(clients[0].c)
    with larderd.Server("-o", "no_numa") as server, server.connect() as c:
        check("no_numa: one node", c.stats("numa"), {"nodes": "1"})
        check("workers run anywhere", threads_of(server, "worker "), [allowed] * 4)
    some = {min(homes[-1])}
    with started_on(some) as server:
        check_threads(server, nodes, some)


def started_on(cpus):
    """Like taskset."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        return larderd.Server()
    finally:
        os.sched_setaffinity(0, before)


def test():
    with larderd.Server(env=dict(os.environ, LARDER_NUMA="1")) as server, server.connect() as c:
        check("one node", len(figures(c)) in (1, len(nodes_of_machine())), True)
    tested = False
    if os.environ.get("LARDER_CHECKS", "no") != "no":
        tested = True
        for say, n_nodes, n_bare in ("2", 2, 0), ("4", 4, 0), ("2+1", 2, 1):
            made_up(say, n_nodes, n_bare)
    nodes = nodes_of_machine()
    if len(nodes) > 1:
        tested = True
        real(nodes)
    if not tested:
        larderd.skip("one memory node; simulated ones need a checked build")


larderd.main(test)
