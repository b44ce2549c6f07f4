"""Prints what each kind of request costs, from the reports of kinds.sh:  kinds.py DIR

A kind's cost is the CPU time that a run with it took more than the messages alone did in the same round, without what else was in its mix,
divided by its requests: µs, by role, the middle of the rounds ± half the distance between the lowest and the highest.
"""
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median


def read(file):
    """Cores by role, and requests a second by kind."""
    report = json.loads(file.read_text())
    cores = defaultdict(float)
    for server in report["servers"]:
        cores[re.sub(r"-\d+$", "", server["name"])] += server["cores"]
    cores["all"] = sum(cores.values())
    return cores, {kind: asked["perSecond"] for kind, asked in report["requests"].items() if asked["perSecond"]}


def costs(folder):
    """µs by role of each kind of a round."""
    runs = {file.stem: read(file) for file in folder.glob("*.json")}
    alone = [runs.pop(name)[0] for name in list(runs) if name.startswith("send-")]
    base = {role: sum(cores[role] for cores in alone) / len(alone) for role in alone[0]}
    known = {"ack": dict.fromkeys(base, 0.0)}

    def cost(name):
        if name not in known:
            if name not in runs:
                sys.exit(f"{folder} has no run of {name}, which others need")
            cores, rates = runs[name]
            others = {kind: rate for kind, rate in rates.items() if kind != name}
            known[name] = {
                role: (cores[role] - base[role] - sum(rate * cost(kind)[role] / 1e6 for kind, rate in others.items())) * 1e6 / rates[name]
                for role in base
            }
        return known[name]

    return {name: cost(name) for name in runs if name in runs[name][1]}, base


rounds = [costs(folder) for folder in sorted(Path(sys.argv[1]).iterdir()) if folder.is_dir()]
roles = list(rounds[0][1])
print("messages alone, cores:", {role: [round(base[role], 2) for _, base in rounds] for role in roles})
rows = {}
for kind in {kind for found, _ in rounds for kind in found}:
    values = {role: [found[kind][role] for found, _ in rounds if kind in found] for role in roles}
    rows[kind] = {role: (median(each), (max(each) - min(each)) / 2) for role, each in values.items()}
print("| kind |", " | ".join(roles), "|")
print("|---|" + "---|" * len(roles))
for kind, row in sorted(rows.items(), key=lambda each: -each[1]["all"][0]):
    cells = (f"{round(middle, -1):,.0f} ± {round(half, -1):,.0f}" for middle, half in row.values())
    print(f"| {kind} |", " | ".join(cells), "|")
