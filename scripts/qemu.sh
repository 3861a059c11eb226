# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# Starts the machine: sourced by scripts/vm, after initramfs.sh.
#
# Callers set KERNEL, SMP, MEMORY, GDB (0 or 1), and use RUN, a directory of
# this run with the console's log.

PROBE_LIMIT=20

# Whether KVM works here is learned once, by booting: that /dev/kvm is there
# proves nothing, as a host that is itself a guest may abort or hang in it.
accelerator() {
	local known
	case ${MSGPORT_ACCEL:-} in
	kvm | tcg) echo "$MSGPORT_ACCEL"; return ;;
	esac
	if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
		echo tcg
		return
	fi
	known=$CACHE/kvm/$(host_identity)
	[ -f "$known" ] || with_lock kvm probe_kvm "$known"
	cat "$known"
}

host_identity() {
	{
		uname -r
		cat /proc/sys/kernel/random/boot_id 2>/dev/null || true
		qemu-system-x86_64 --version
		stock_kernel
	} | sha256sum | cut -c 1-16
}

probe_kvm() {
	local known=$1 dir answer=tcg
	[ -f "$known" ] && return 0
	mkdir -p "$CACHE/kvm"
	dir=$(mktemp -d "$CACHE/kvm/probe.XXXXXX")
	say "trying whether KVM works here (once, up to $PROBE_LIMIT seconds)"
	mkdir -p "$dir/stage/vm"
	echo MODE=probe >"$dir/stage/vm/config"
	make_initramfs "$(stock_kernel)" bare "$dir/stage" "$dir/initramfs"
	# in braces: the shell would tell that it was aborted
	{ timeout -k 2 "$PROBE_LIMIT" qemu-system-x86_64 -accel kvm -cpu max -smp 2 -m 512M \
		-display none -no-reboot -nic none -nodefaults \
		-kernel "$(kernel_image "$(stock_kernel)")" \
		-initrd "$dir/initramfs" -append "console=ttyS0 quiet panic=-1 no_timer_check" \
		-serial "file:$dir/console" -serial "file:$dir/result" \
		</dev/null >"$dir/qemu" 2>&1 || true; } 2>/dev/null
	if grep -qx 'done 0' "$dir/result" 2>/dev/null; then
		answer=kvm
	fi
	if [ "$answer" = kvm ]; then
		say "KVM works here, and is used"
	else
		say "KVM does not work here: the guest is emulated, which is slower"
	fi
	rm -rf "$dir"
	echo "$answer" >"$known"
}

# Prints the arguments for the machine, one a line.
machine_arguments() {
	local accel
	accel=$(accelerator)
	[ "$accel" = kvm ] || accel=tcg,thread=multi
	printf '%s\n' -accel "$accel" -cpu max -smp "$SMP" -m "$MEMORY" \
		-display none -monitor none -no-reboot -nodefaults -nic none \
		-kernel "$(kernel_image "$KERNEL")" -initrd "$RUN/initramfs" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check log_buf_len=4M slab_nomerge oops=panic no_hash_pointers"
	[ "$GDB" -eq 0 ] || printf '%s\n' -s -S
}

# A debug kernel keeps a shadow of all memory, and is slower all round.
default_memory() {
	case $1 in
	kmsan) echo 3G ;;
	debug | kcsan) echo 2G ;;
	*) echo 1G ;;
	esac
}

slowness() {
	case $1 in
	debug | kcsan | kmsan) echo 4 ;;
	*) echo 1 ;;
	esac
}

# The console tells of what the guest could not report itself any more.
console_faults() {
	grep -v '^#' "$TOP/scripts/guest/faults" >"$RUN/faults"
	grep -a -E -f "$RUN/faults" "$RUN/console" 2>/dev/null
}

show_console() {
	say "--- the console's last lines"
	tail -n 40 "$RUN/console" 2>/dev/null | tr -d '\r' >&2
	[ ! -s "$RUN/qemu" ] || { say "--- QEMU says"; tail -n 10 "$RUN/qemu" >&2; }
	say "---"
}
