# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash

# ready PID [FILE]: waits until the program takes signals as events, for which it
# has blocked SIGTERM, and until a command that it runs has written FILE.
ready() {
	local blocked

	while blocked=$(sed -n 's/^SigBlk:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) && [[ $blocked ]]; do
		if ((16#$blocked & 1 << 14)) && [[ -z ${2-} || -s $2 ]]; then
			return
		fi
		sleep 0.05
	done
}
