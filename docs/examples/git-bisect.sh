#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Finds the commit that makes a driver leak: a script for `git bisect run`, to
# be called in a kernel tree whose .config has CONFIG_DEBUG_INFO_BTF=y and what
# tools/guest needs (tools/kernel/base.config).
#
#   git bisect start BAD GOOD
#   git bisect run .../docs/examples/git-bisect.sh WORKLOAD
#
# WORKLOAD is a shell command that runs in the guest, such as your driver's
# tests. A commit that does not build or boot, or in which an assertion cannot
# be judged, is skipped (125). A guest that hangs (124), or whose kernel warns
# (126), is a bad commit.
set -euo pipefail
workload=$1
project=$(dirname "$(realpath "$0")")/../..

make -s olddefconfig bzImage || exit 125
status=0
"$project/tools/guest" --kernel arch/x86/boot/bzImage --swiotlb 32768,4,force --timeout 300 -- \
	"$project/build/swiotlb" check --bisect --settle 1 -a 'block.leaked == 0' -a 'map.leaked == 0' \
	-- sh -c "$workload" || status=$?
exit "$status"
