# SPDX-License-Identifier: GPL-2.0
# Shared by the scripts that run in the guest (busybox sh).

STATE=/sys/kernel/debug/msgport/state
WHOLE_LOG=/run/kernel-log

# Descriptor 3 is the result port: lines that begin with a word for the host.
result() {
	printf "%s\n" "$*" >&3
}

# Takes the kernel's log since the last call; prints the lines that are faults.
kernel_faults() {
	dmesg -c >/run/new-log
	cat /run/new-log >>"$WHOLE_LOG"
	grep -E -f /vm/faults /run/new-log
}

# Forwards a text, each line marked with a word, over the result port.
forward() {
	sed "s/^/$1 /" >&3
}

# Flags that loading any module from outside sets: out of tree, unsigned.
taint() {
	echo $(($(cat /proc/sys/kernel/tainted) & ~12288))
}

locks_checked() {
	[ ! -e /proc/lockdep_stats ] ||
		awk '$1 == "debug_locks:" { print $2 }' /proc/lockdep_stats
}

load_msgport() {
	[ -e /vm/msgport.ko ] || return 0
	# shellcheck disable=SC2086 # words of the options
	insmod /vm/msgport.ko $MODULE_OPTIONS
}

# What the module still holds: one line for each kind of thing left.
module_leftovers() {
	local users
	[ -d /sys/module/msgport ] || return 0
	[ ! -e "$STATE" ] || sed -n 's/^port /port left: &/p' "$STATE"
	users=$(cat /sys/module/msgport/refcnt)
	[ "$users" -eq 0 ] || echo "rights or descriptors left: $users"
}

# The last close of a killed process may run a little later than its end.
settled_leftovers() {
	local try left
	for try in 1 2 3 4 5 6 7 8 9 10; do
		left=$(module_leftovers)
		[ -n "$left" ] || return 0
		usleep 200000
	done
	printf '%s\n' "$left"
}

unload_msgport() {
	[ -d /sys/module/msgport ] || return 0
	rmmod msgport 2>&1 || return 0
	grep '^msgport' /proc/slabinfo | sed 's/^/slab cache left: /'
	[ ! -d /sys/module/msgport ] || echo "module still there"
}

# kmemleak looks only at objects older than five seconds, and tells of those
# that two scans found the same.
memory_leaks() {
	local file=/sys/kernel/debug/kmemleak
	[ -e "$file" ] || return 0
	sleep 6
	echo scan >"$file"
	echo scan >"$file"
	cat "$file"
}
