# SPDX-License-Identifier: GPL-2.0
# Runs one program, or a shell, in the host's tree with the host's terminal.

ROOT=/host
LOWER=/lower

# The host's tree, read only; what must be writable is the guest's own.
mount_host() {
	local place
	mkdir -p $ROOT $LOWER
	mount -t 9p -o "ro,trans=virtio,version=9p2000.L,msize=524288,cache=$HOST_CACHE" \
		host $ROOT || return 1
	mount --bind $ROOT $LOWER
	for place in proc sys dev; do
		mount --rbind /$place $ROOT/$place || return 1
	done
	mount --bind /tmp $ROOT/tmp
	mount --bind /run $ROOT/run
	for place in "$DIRECTORY" "${PROGRAM%/*}"; do
		uncover "$place"
	done
}

# A directory under /tmp or /run that the program needs is shown there again.
uncover() {
	case $1/ in
	/tmp/ | /run/) ;;
	/tmp/* | /run/*)
		mkdir -p "$ROOT$1"
		mount --bind "$LOWER$1" "$ROOT$1"
		;;
	esac
}

port_named() {
	local dir
	for dir in /sys/class/virtio-ports/*; do
		if [ "$(cat "$dir/name" 2>/dev/null)" = "$1" ]; then
			echo "/dev/${dir##*/}"
			return
		fi
	done
}

# The terminal is a console of the machine; pipes and files are bare ports.
launch_program() {
	local uid=0
	[ "$AS_USER" -eq 0 ] || uid=1000
	set -- -u "$uid" -r $ROOT -d "$DIRECTORY" "$@"
	if [ -n "$TERMINAL" ]; then
		# shellcheck disable=SC2086 # words for stty
		stty -F /dev/hvc0 sane $TERMINAL
		setsid -c launch "$@" </dev/hvc0 >/dev/hvc0 2>&1
	else
		launch "$@" <"$(port_named msgport.stdin)" \
			>"$(port_named msgport.stdout)" \
			2>"$(port_named msgport.stderr)"
	fi
}

run_command() {
	. /vm/environment
	# The host quoted the words for a shell.
	eval "set -- $COMMAND"
	PROGRAM=$1
	mount_host || { result "fail the host's tree cannot be mounted"; return 1; }
	launch_program "$@"
	result "status $?"
}

failed=0
message=$(load_msgport 2>&1) || { result "fail the module does not load: $message"; failed=1; }
[ "$failed" -ne 0 ] || run_command || failed=1
faults=$(kernel_faults)
[ -z "$faults" ] && [ "$(taint)" = "$taint_at_boot" ] || failed=1
[ "$failed" -eq 0 ] || forward log <"$WHOLE_LOG"
result "done $failed"
