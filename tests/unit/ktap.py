#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The KTAP of `swiotlb check`, read by the kernel's own parser.

ktap.py PROGRAM

The parser is tools/testing/kunit/kunit_parser.py of Debian's linux-source-6.1, kept in the cache.
"""
import os
import subprocess
import sys
import tempfile

PACKAGE = "linux-source-6.1"
DEBS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../tools/debs")


def parser_directory():
    """Where the parser is; takes it out of the package's archive when it is not there yet."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    root = subprocess.run([DEBS, "bookworm", PACKAGE], stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    wanted = os.path.join(cache, "swiotlb-tools", f"kunit-{os.path.basename(root)}")
    if not os.path.isdir(wanted):
        os.makedirs(os.path.dirname(wanted), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(wanted)) as scratch:
            subprocess.run(["tar", "-xJf", os.path.join(root, f"usr/src/{PACKAGE}.tar.xz"), "-C", scratch, "--strip-components=3",
                            "--wildcards", f"{PACKAGE}/tools/testing/kunit/*.py"], check=True)
            os.rename(os.path.join(scratch, "kunit"), wanted)
    return wanted


def run(program, *arguments):
    done = subprocess.run([program, "check", "-t", "0.1", "--format", "ktap", *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False, env={**os.environ,
                                                                               "SWIOTLB_TEST_FIXTURE": "mappings"})
    return done.returncode, done.stdout


def main():
    sys.dont_write_bytecode = True
    sys.path.insert(0, parser_directory())
    import kunit_parser  # pylint: disable=import-error,import-outside-toplevel

    def parsed(text):
        test = kunit_parser.parse_run_tests(text.splitlines())
        return test, [(sub.name, sub.status.name) for sub in test.subtests]

    status, text = run(sys.argv[1], "-a", "block.leaked == 0", "-a", "lock.contended <= 3", "-a", "block.live == 2",
                       "-a", 'pool.used{pool="a#b"} < 1')
    test, found = parsed(text)
    assert status == 1, status
    assert found == [("block.leaked == 0", "FAILURE"), ("lock.contended <= 3", "SKIPPED"),
                     ("block.live == 2", "SUCCESS"), ('pool.used{pool="a?b"} < 1', "SKIPPED")], found
    counts = test.counts
    assert (counts.passed, counts.failed, counts.skipped, counts.crashed, counts.errors) == (1, 1, 2, 0, 0), counts
    assert "swiotlb_stress.1" in "\n".join(test.subtests[0].log), test.subtests[0].log

    status, text = run(sys.argv[1], "-a", "block.live == 2")
    test, found = parsed(text)
    assert (status, test.status.name, found) == (0, "SUCCESS", [("block.live == 2", "SUCCESS")]), found
    return 0


if __name__ == "__main__":
    sys.exit(main())
