# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash

# ready PID [FILE]: waits until the program takes signals as events, for which it
# has blocked SIGTERM, and until a command that it runs has written FILE. Before
# it is the program it is a copy of bash, which blocks SIGTERM for a moment, too.
ready() {
	local status blocked

	while status=$(cat "/proc/$1/status" 2>/dev/null) && blocked=$(sed -n 's/^SigBlk:[[:space:]]*//p' <<<"$status") &&
		[[ $blocked ]]; do
		if [[ $status == Name:?swiotlb$'\n'* ]] && ((16#$blocked & 1 << 14)) && [[ -z ${2-} || -s $2 ]]; then
			return
		fi
		sleep 0.05
	done
}
