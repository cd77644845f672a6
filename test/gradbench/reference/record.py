"""Records inputs and outputs of GradBench's evaluations: the outputs are those its own validators expect.

Run in a checkout of GradBench whose tool `manual` is built, with numpy, pydantic and dataclasses-json; see README.md.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

# The rule of gradbench/comparison.py: |x - y| / max(1, |x| + |y|) for every number.
TOLERANCE = 1e-4


def kmeans():
    for k, n, d in [(1, 5, 1), (4, 30, 3), (10, 200, 8)]:
        points = np.random.rand(n, d).tolist()
        input = {"points": points, "centroids": points[-k:]}
        yield f"k={k},n={n},d={d}", ["cost", "dir"], input


def ode():
    # The validator has the gradient of the exact solution: numbers around 1 and small steps let it be compared.
    for n, s in [(1, 1), (4, 1), (6, 100), (9, 200)]:
        input = {"x": (1 + np.random.rand(n)).tolist(), "s": s}
        yield f"n={n},s={s}", ["primal", "gradient"], input
    yield "n=40,s=3", ["primal"], {"x": np.random.rand(40).tolist(), "s": 3}


def lstm():
    evaluation = import_module("gradbench.evals.lstm.run")
    text = "To be, or not to be — that is the question. " * 2
    for layers, characters in [(1, 5), (2, 20), (3, 80)]:
        input = evaluation.gen_lstm(text, layers, characters).to_dict()
        yield f"l={layers},c={characters}", ["objective", "jacobian"], input


def ht():
    io = import_module("gradbench.evals.ht.io")
    for variant in ["simple", "complicated"]:
        folder = Path("evals/ht/data") / f"{variant}_small"
        complicated = variant == "complicated"
        input = io.read_hand_instance(folder / "model", folder / "hand1_t26_c100.txt", complicated).to_dict()
        # A few points, to keep the file small.
        count = 12
        input["us"] = input["us"][:count]
        for name in ["correspondences", "points"]:
            input["data"][name] = input["data"][name][:count]
        yield f"{variant} hand1", ["objective", "jacobian"], input


def particle():
    yield "w=0", ["rr", "ff", "fr", "rf"], {"w": 0.0}


def saddle():
    yield "start=1,1", ["rr", "ff", "fr", "rf"], {"start": [1.0, 1.0]}


def record(module, cases, folder):
    expect = import_module(f"gradbench.evals.{module}.run").expect
    np.random.seed(31337)
    recorded = []
    for description, functions, input in cases():
        for function in functions:
            expected = expect(function, input)
            if not expected["success"]:
                raise RuntimeError(f"{module} {function}: {expected['error']}")
            case = {"function": function, "description": description, "input": input}
            recorded.append(case | {"output": expected["output"], "tolerance": TOLERANCE})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in recorded)
    text = f'{{ "module": "{module}", "cases": [\n{lines}\n] }}\n'
    (Path(folder) / f"{module}.json").write_text(text)
    print(f"{module}: {len(recorded)} cases, {len(text)} bytes")


if __name__ == "__main__":
    for cases in [ht, kmeans, lstm, ode, particle, saddle]:
        record(cases.__name__, cases, sys.argv[1])
