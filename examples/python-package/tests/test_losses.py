"""The package's kernels, judged by logitfuzz: each answer against an exact one.

Node and logitfuzz are on the developer's machine (`npm install --save-dev logitfuzz`); LOGITFUZZ says how it is
started where that is not `npx logitfuzz`.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

package = Path(__file__).parent.parent / "src" / "token_losses"


def gate(module, *flags):
    """What the gate says of the module: its exit code, and its findings as data."""
    command = shlex.split(os.environ.get("LOGITFUZZ", "npx --no-install logitfuzz"))
    arguments = ["gate", "--subject", str(package / module), "--python", sys.executable, "--runs", "1500"]
    ended = subprocess.run(
        [*command, *arguments, "--references", "none", "--no-report", "--json", *flags],
        capture_output=True,
        text=True,
    )
    return ended.returncode, json.loads(ended.stdout)


def test_every_kernel_is_right():
    code, told = gate("losses.py")

    assert [finding["case"] for finding in told["findings"] if finding["severity"] == "wrong"] == []
    assert code == 0
    assert told["verdicts"]["agree"] > 500


def test_the_first_try_was_wrong_and_the_smallest_case_shows_why():
    code, told = gate("first_try.py")

    assert code == 1
    [first] = told["causes"][:1]
    assert first["severity"] == "wrong"
    # Two logits, far apart: the smaller one's probability is 0, and the logarithm of 0 is −∞.
    finding = told["findings"][0]
    assert finding["operation"] == "logSoftmax"
    assert "[2]" in finding["case"]
