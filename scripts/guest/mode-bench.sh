# SPDX-License-Identifier: GPL-2.0
# Runs the benchmark, mostly as an ordinary user, under the same limits for all. What
# it prints comes over the result port behind "| ", then "status N".

SOCKET_BYTES=4194304

# What the kernel holds is less by default than others can have: 10 messages in a POSIX
# queue or a socket of datagrams, 16 KiB in a queue of System V.
allow_deep_queues() {
	echo "$DEPTH" >/proc/sys/fs/mqueue/msg_max
	echo "$DEPTH" >/proc/sys/net/unix/max_dgram_qlen
	echo 262144 >/proc/sys/kernel/msgmnb
}

# Buffers of sockets hold as much as the others hold, if root says so.
allow_deep_sockets() {
	echo "$SOCKET_BYTES" >/proc/sys/net/core/rmem_max
	echo "$SOCKET_BYTES" >/proc/sys/net/core/wmem_max
}

# Binder's device is root's until somebody says otherwise.
allow_binder() {
	[ ! -e /dev/binder ] || chmod 666 /dev/binder
}

# Where the module's functions are, for the profile; only root is told.
show_symbols() {
	[ "$SYMBOLS" -eq 0 ] || grep '\[msgport\]' /proc/kallsyms | forward symbol
}

# run_bench UID ARGUMENT...
run_bench() {
	local uid=$1 status=0
	shift
	launch -u "$uid" -t "$GUEST_SECONDS" -d /tmp /vm/bin/bench "$@" \
		>/run/output 2>&1 </dev/null || status=$?
	forward '|' </run/output
	return "$status"
}

# Without arguments it is everything; only root may have as much as it takes to weigh.
run_all() {
	local status=0
	# shellcheck disable=SC2086 # words of the arguments
	run_bench "$BENCH_UID" $ARGUMENTS || status=$?
	if [ "$status" -eq 0 ] && [ -z "$ARGUMENTS" ]; then
		run_bench 0 memory || status=$?
	fi
	result "status $status"
}

failed=0
message=$(load_msgport 2>&1) || { result "fail the module does not load: $message"; failed=1; }
if [ "$failed" -eq 0 ]; then
	allow_deep_queues
	allow_deep_sockets
	allow_binder
	show_symbols
	run_all
fi
faults=$(kernel_faults)
[ -z "$faults" ] && [ "$(taint)" = "$taint_at_boot" ] || failed=1
[ "$failed" -eq 0 ] || forward log <"$WHOLE_LOG"
result "done $failed"
