#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Completions of shells, typed in real ones on a terminal: completions.py DIRECTORY PROGRAM

DIRECTORY has what `make` has built for bash, fish and zsh. What they must offer comes from the help of the program, that is
from its tables.
"""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DIRECTORY, PROGRAM = (os.path.realpath(path) for path in sys.argv[1:3])
DEADLINE = 120  # seconds; only for a shell that has stopped
TAB, CLEAR, SHOW = b"\t", b"\x15", b"\x18"

# Both write the line that is typed when the key SHOW is pressed; bash what was offered for it as well.
BASHRC = r"""
PS1=
source {directory}/swiotlb.bash
offer() {{ _swiotlb "$@"; printf '%s\n' "${{COMPREPLY[@]}}" >offered; }}
complete -F offer swiotlb
show() {{ printf '%s' "$READLINE_LINE" >line.new; mv line.new line; }}
bind 'set show-all-if-ambiguous on' 'set completion-query-items 0' 'set page-completions off'
bind -x '"\C-x": show'
"""
ZSHRC = r"""
PS1=
fpath=({directory}/functions $fpath)
autoload -Uz compinit
compinit -u -D
show() {{ printf '%s' "$BUFFER" >line.new; mv line.new line; }}
zle -N show
bindkey '^X' show
bindkey '^U' kill-whole-line
setopt no_beep no_auto_list no_list_ambiguous no_auto_menu
"""


def helped(*line):
    return subprocess.run([PROGRAM, *line], stdout=subprocess.PIPE, text=True, check=True).stdout


COMMANDS = re.findall(r"^  (\w+) ", helped("help"), re.M)
METRICS = [line.split()[0] for line in helped("check", "--list-metrics").splitlines()[1:]]
LEVELS = ["state", "locks", "blocks", "mappings", "bounces", "holds", "callers", "tracepoints", "audit", "trace"]


def options(command):
    return re.findall(r"^ .{4} (--[\w-]+)", helped("help", command), re.M)


class Shell:
    """A shell on a terminal, in a directory of its own."""

    def __init__(self, directory, *line, **environment):
        self.directory = directory
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.chdir(directory)
            os.execve(line[0], line, {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": directory, "LANG": "C.UTF-8",
                                      **environment})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)

    def drain(self):
        """What a shell says must be read, or it waits."""
        if select.select([self.terminal], [], [], 0.01)[0]:
            os.read(self.terminal, 1 << 16)

    def take(self, name):
        path = os.path.join(self.directory, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.unlink(path)
        return text

    def typed(self, keys):
        """What the line is after these keys."""
        os.write(self.terminal, keys + SHOW)
        end = time.monotonic() + DEADLINE
        while not os.path.exists(os.path.join(self.directory, "line")):
            self.drain()
            if time.monotonic() > end:
                sys.exit(f"the shell does not answer to {keys}")
        os.write(self.terminal, CLEAR)
        return self.take("line")


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen}, not {wanted}")


def bash(directory):
    with open(os.path.join(directory, "bashrc"), "w", encoding="utf-8") as file:
        file.write(BASHRC.format(directory=DIRECTORY))
    with Shell(directory, "/bin/bash", "--noprofile", "--rcfile", "bashrc", "-i") as shell:
        def offered(text, wanted):
            shell.typed(text.encode() + TAB)
            expect(f"bash offers for '{text}'", sorted(shell.take("offered").split()), sorted(wanted))

        offered("swiotlb ", COMMANDS + ["help", "--help", "--version"])
        offered("swiotlb help ", COMMANDS)
        for command in COMMANDS:
            offered(f"swiotlb {command} -", options(command))
        offered("swiotlb check -a ", METRICS)
        offered("swiotlb check -a 'lock.w", [name for name in METRICS if name.startswith("lock.w")])
        offered("swiotlb record --trigger pool.", [name for name in METRICS if name.startswith("pool.")])
        offered("swiotlb report --level ", LEVELS)
        offered("swiotlb report --level=locks,blocks,", [f"locks,blocks,{name}" for name in LEVELS
                                                         if name not in ("locks", "blocks")])
        offered("swiotlb top -f ", ["text", "json"])
        offered("swiotlb report --format=", ["text", "json", "html"])
        offered("swiotlb convert --to ", ["perfetto", "csv", "jsonl", "openmetrics", "stacks", "leak-stacks"])
        offered("swiotlb report -t ", [])
        offered("swiotlb report ", [])
        offered("swiotlb explain ba", ["bashrc"])
        offered("swiotlb diff bashrc b", ["bashrc"])
        for keys, line in {
                "swiotlb conv": "swiotlb convert ",
                "swiotlb report --fo": "swiotlb report --format ",
                "swiotlb report --format=j": "swiotlb report --format=json ",
                "swiotlb top --level blocks,ho": "swiotlb top --level blocks,holds",
                "swiotlb check -a block.le": "swiotlb check -a block.leaked",
                "swiotlb explain a": r"swiotlb explain a\ log ",
                "swiotlb report -- ./a": r"swiotlb report -- ./a\ log ",
                "swiotlb report -- cat ba": "swiotlb report -- cat bashrc ",
                "swiotlb report -- dpkg-arch": "swiotlb report -- dpkg-architecture ",
        }.items():
            expect(f"bash makes of '{keys}'", shell.typed(keys.encode() + TAB), line)


def zsh(directory):
    functions = os.path.join(directory, "functions")
    os.mkdir(functions)
    shutil.copy(os.path.join(DIRECTORY, "swiotlb.zsh"), os.path.join(functions, "_swiotlb"))
    with open(os.path.join(directory, ".zshrc"), "w", encoding="utf-8") as file:
        file.write(ZSHRC.format(directory=directory))
    with Shell(directory, "/bin/zsh", "-i", ZDOTDIR=directory) as shell:
        for keys, line in {
                "swiotlb conv": "swiotlb convert ",
                "swiotlb help conv": "swiotlb help convert ",
                "swiotlb he": "swiotlb help ",
                "swiotlb report --form": "swiotlb report --format=",
                "swiotlb report --format=j": "swiotlb report --format=json ",
                "swiotlb report -f j": "swiotlb report -f json ",
                "swiotlb top --level blocks,ho": "swiotlb top --level blocks,holds,",
                "swiotlb check -a block.le": "swiotlb check -a block.leaked",
                "swiotlb check -a lock.wait.tot": "swiotlb check -a lock.wait.total",
                "swiotlb convert --to leak": "swiotlb convert --to leak-stacks ",
                "swiotlb explain a": r"swiotlb explain a\ log ",
                "swiotlb report -- ./a": r"swiotlb report -- ./a\ log ",
                "swiotlb diff x a": r"swiotlb diff x a\ log ",
        }.items():
            expect(f"zsh makes of '{keys}'", shell.typed(keys.encode() + TAB), line)


def fish(directory):
    def offered(text, wanted):
        script = f"source {DIRECTORY}/swiotlb.fish; complete -C {text!r}"
        done = subprocess.run(["fish", "--no-config", "-c", script], cwd=directory, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
                              env={**os.environ, "HOME": directory})
        expect(f"fish offers for '{text}'", sorted(line.split("\t")[0] for line in done.stdout.splitlines()),
               sorted(wanted))

    offered("swiotlb ", COMMANDS + ["help"])
    offered("swiotlb help ", COMMANDS)
    for command in COMMANDS:
        offered(f"swiotlb {command} --", options(command))
    offered("swiotlb check -a lock.w", [name for name in METRICS if name.startswith("lock.w")])
    offered("swiotlb top -f ", ["text", "json"])
    offered("swiotlb report --level locks,ho", ["locks,holds"])
    offered("swiotlb convert --to leak", ["leak-stacks"])
    offered("swiotlb report ", [])
    offered("swiotlb explain a", ["a log"])
    offered("swiotlb report -- ./a", ["./a log"])


def main():
    for shell in (bash, zsh, fish):
        if not shutil.which(shell.__name__):
            sys.exit(f"no {shell.__name__} here; run tools/deps")
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "a log"), "w", encoding="utf-8"):
                pass
            os.chmod(os.path.join(directory, "a log"), 0o755)
            shell(directory)


if __name__ == "__main__":
    main()
