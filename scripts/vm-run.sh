# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# One program, or a shell, in the guest: sourced by scripts/vm.

vm_run() {
	[ $# -gt 0 ] || die "run what? (see scripts/vm --help)"
	# what is not here is not there, and that can be said without a machine
	if ! type -P -- "$1" >/dev/null; then
		say "vm: $1 is no program here; the guest has the host's files, in the same places"
		exit 127
	fi
	run_in_guest "${TIME_LIMIT:-600}" "$@"
}

vm_shell() {
	[ $# -eq 0 ] || die "shell takes no arguments"
	if [ ! -t 0 ] || [ ! -t 1 ]; then
		die "shell needs a terminal"
	fi
	has_terminal ||
		die "shell needs the foreground of the terminal: timeout takes it away (scripts/vm shell --timeout does not)"
	say "msgport is loaded; the tree is read-only; leave with exit"
	HOST_CACHE=mmap
	run_in_guest "${TIME_LIMIT:-0}" /bin/bash -i
}

# A terminal that another process group is using stops whoever touches it. So
# it is with timeout, which runs its command in a group of its own.
has_terminal() {
	local words
	[ -t 0 ] && [ -t 1 ] || return 1
	words=$(</proc/$$/stat)
	# after the name, which may contain anything: state, parent, group,
	# session, terminal, and the group that has the terminal
	read -r -a words <<<"${words##*) }"
	[ "${words[2]}" = "${words[5]}" ]
}

# What the program is to see of the caller's environment.
write_environment() {
	local name
	for name in PATH HOME TERM LANG LC_ALL; do
		[ -z "${!name:-}" ] || printf 'export %s=%s\n' "$name" "${!name@Q}"
	done >"$RUN/stage/vm/environment"
	# the caller's home is not the ordinary user's
	[ "$AS_USER" -eq 0 ] || echo 'export HOME=/tmp' >>"$RUN/stage/vm/environment"
}

stage_program() {
	local MODE=run COMMAND="${*@Q}" DIRECTORY
	DIRECTORY=$(pwd -P)
	HOST_CACHE=${HOST_CACHE:-loose}
	TERMINAL=
	if has_terminal; then
		TERMINAL=$(stty size | awk '{ print "rows", $1 ? $1 : 24, "cols", $2 ? $2 : 80 }')
	fi
	write_config MODE COMMAND DIRECTORY HOST_CACHE TERMINAL AS_USER MODULE_OPTIONS
	write_environment
	make_initramfs "$KERNEL" host "$RUN/stage" "$RUN/initramfs"
}

# A terminal becomes the guest's console; pipes and files get a port each.
host_arguments() {
	local name
	printf '%s\n' -fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap" \
		-device virtio-9p-pci,fsdev=host,mount_tag=host \
		-device virtio-serial-pci \
		-serial "$(console_device)" -serial "file:$RUN/result"
	if [ -n "$TERMINAL" ]; then
		printf '%s\n' -chardev stdio,id=terminal,signal=off \
			-device virtconsole,chardev=terminal
		return
	fi
	printf '%s\n' -chardev stdio,id=stdin -device virtserialport,chardev=stdin,name=msgport.stdin
	for name in stdout stderr; do
		printf '%s\n' -chardev "file,id=$name,path=$RUN/$name" \
			-device "virtserialport,chardev=$name,name=msgport.$name"
	done
}

console_device() {
	if [ "$VERBOSE" -eq 1 ]; then
		echo "file:/dev/stderr"
	else
		echo "file:$RUN/console"
	fi
}

run_machine() {
	local limit=$1 arguments
	{ machine_arguments; host_arguments; } >"$RUN/arguments"
	mapfile -t arguments <"$RUN/arguments"
	if [ -n "$TERMINAL" ]; then
		with_terminal "$limit" "${arguments[@]}"
	else
		with_pipes "$limit" "${arguments[@]}"
	fi
}

with_terminal() {
	local limit=$1 saved status=0
	shift
	saved=$(stty -g)
	timeout --foreground -k 5 "$limit" qemu-system-x86_64 "$@" 2>"$RUN/qemu" || status=$?
	stty "$saved"
	return "$status"
}

# The readers end when the machine does; QEMU takes what comes in as stdin.
with_pipes() {
	local limit=$1 status=0 out err
	shift
	[ ! -t 0 ] || exec </dev/null
	mkfifo "$RUN/stdout" "$RUN/stderr"
	cat "$RUN/stdout" &
	out=$!
	cat "$RUN/stderr" >&2 &
	err=$!
	# In the background, for a shell that waits for a command heeds no signal.
	timeout --foreground -k 5 "$limit" qemu-system-x86_64 "$@" <&0 \
		>"$RUN/qemu" 2>&1 4<>"$RUN/stdout" 5<>"$RUN/stderr" &
	QEMU_PID=$!
	wait "$QEMU_PID" || status=$?
	QEMU_PID=''
	wait "$out" "$err" || true
	return "$status"
}

run_in_guest() {
	local limit=$1 status=0
	shift
	stage_program "$@"
	: >"$RUN/result"
	run_machine "$limit" || status=$?
	judge_run "$limit" "$status"
}

# What went wrong beside the program, or else the program's own exit status.
judge_run() {
	local limit=$1 status=$2
	if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
		show_console
		say "vm: the time limit of $limit seconds is over"
		exit 124
	fi
	if ! grep -qx 'done 0' "$RUN/result"; then
		sed -n 's/^log //p' "$RUN/result" | tail -n 60 >&2
		sed -n 's/^fail /vm: /p' "$RUN/result" >&2
		grep -q '^done ' "$RUN/result" || show_console
		say "vm: the machine failed, or its kernel complained"
		exit 125
	fi
	exit "$(sed -n 's/^status //p' "$RUN/result")"
}
