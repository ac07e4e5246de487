#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A test in the style of kselftest: boots a kernel, runs a workload in it, and
# asserts that no device block and no mapping leaks. KTAP on standard output;
# exit status 0 (pass), 1 (fail), 4 (skip: it cannot be judged), else an error.
#
#   docs/examples/kselftest.sh [KERNEL [WORKLOAD]]
#
# KERNEL is what tools/guest --kernel takes, such as a bzImage of your tree with
# CONFIG_DEBUG_INFO_BTF=y. WORKLOAD is a shell command, such as your driver's
# tests; without one the stress module takes blocks and gives them back.
set -euo pipefail
cd "$(dirname "$0")/../.."

kernel=${1:-patched}
if (($# >= 2)); then
	workload=$2
else
	module=$(tools/module stress "$kernel")
	workload="set -e
		insmod $module
		tools/stress/stress device-add count=4
		for device in 0 1 2 3; do tools/stress/stress block-alloc device=\$device areas=2 size=2097152; done
		for device in 0 1 2 3; do tools/stress/stress block-free device=\$device; done"
fi

status=0
tools/guest --kernel "$kernel" --swiotlb 32768,4,force --timeout 300 -- \
	build/swiotlb check --format ktap --settle 1 \
	-a 'block.leaked == 0' -a 'block.unreclaimed == 0' -a 'block.list_errors == 0' \
	-a 'map.leaked == 0' \
	-- sh -c "$workload" || status=$?
exit "$status"
