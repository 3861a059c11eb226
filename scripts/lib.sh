# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# Shared by every script here; source it after set -euo pipefail.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${MSGPORT_CACHE:-${XDG_CACHE_HOME:-${HOME:-~}/.cache}/msgport}
export MSGPORT_CACHE=$CACHE
export LC_ALL=C.UTF-8
# Where modprobe and its like are, for an ordinary user too.
PATH=$PATH:/usr/sbin:/sbin

# Debian's kernel for the guest, and the two releases whose source is used:
# 6.1 for debug kernels, 6.12 for a test harness that can pick one test.
STOCK_RELEASE=6.1
HARNESS_SOURCE=/usr/src/linux-source-6.12.tar.xz
KERNEL_SOURCE=/usr/src/linux-source-6.1.tar.xz

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# need_value OPTION COUNT: an option that takes a value must have one.
need_value() {
	[ "$2" -ge 2 ] || die "$1 needs a value"
}

# Runs a command with its output in a file, which is shown when it fails, with
# the places of the tree where it names those of the copy that is built.
run_logged() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1; then
		tail -n 60 "$log" |
			sed -E "s#$CACHE/build/(source|module-[^/]*)/#$TOP/#g" >&2
		die "failed: $* (whole output: $log)"
	fi
}

# Only one process at a time does what is made once in the cache.
with_lock() {
	local name=$1
	shift
	mkdir -p "$CACHE/locks"
	(
		flock 9
		"$@" 9>&-
	) 9>"$CACHE/locks/$name"
}

# The newest installed stock kernel of the release that the tests are for.
stock_kernel() {
	local image
	image=$(find /boot -maxdepth 1 -name "vmlinuz-$STOCK_RELEASE*-amd64" \
		! -name '*-rt-*' ! -name '*-cloud-*' 2>/dev/null | sort -V | tail -n 1)
	[ -n "$image" ] || die "no stock kernel in /boot: run scripts/setup"
	printf '%s\n' "${image#/boot/vmlinuz-}"
}

# Where a program for the guest is built: KIND NAME. A test that was built for
# 32 bits has a name that says so.
program_file() {
	case $1/$2 in
	test/*.32) echo "$CACHE/build/selftests32/${2%.32}" ;;
	test/*) echo "$CACHE/build/selftests/$2" ;;
	example/*) echo "$CACHE/build/examples/$2" ;;
	*) die "no such kind of program: $1" ;;
	esac
}

# A kernel is named by an installed version or by one that scripts/kernel
# built; these three say where its parts are.
kernel_image() {
	local made=$CACHE/kernels/$1/vmlinuz
	if [ -f "$made" ]; then
		printf '%s\n' "$made"
	elif [ -f "/boot/vmlinuz-$1" ]; then
		printf '%s\n' "/boot/vmlinuz-$1"
	else
		die "no kernel '$1': neither installed nor built by scripts/kernel"
	fi
}

kernel_headers() {
	local made=$CACHE/kernels/$1/build
	if [ -f "$made/Module.symvers" ]; then
		printf '%s\n' "$made"
	elif [ -d "/lib/modules/$1/build" ]; then
		printf '%s\n' "/lib/modules/$1/build"
	else
		die "no headers of kernel '$1': install linux-headers-$1"
	fi
}

# Debug kernels have built in what the guest needs, and so no such directory.
kernel_modules() {
	printf '%s\n' "/lib/modules/$1"
}
