# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# Makes the guest's initramfs: sourced by scripts/vm.
# It is two cpio archives one after the other. The first, with busybox and the
# kernel's modules, changes only with the kernel and is kept in the cache.

# Modules that give the guest the host's tree and terminal.
HOST_MODULES="virtio_pci 9pnet_virtio 9p virtio_console"
# Families of sockets that tests of descriptors would be skipped without, and
# what the benchmark compares with.
TEST_MODULES="kcm vsock tipc binder_linux"

pack() {
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort |
		cpio --quiet -o -H newc -R 0:0 --reproducible)
}

# One file from the host's module tree, unpacked if it is packed.
copy_module() {
	local from=$1 to=$2
	case $from in
	*.xz) xz -dc "$from" >"$to" ;;
	*) cp "$from" "$to" ;;
	esac
}

# The modules and what they need, in the order that they load in.
stage_modules() {
	local kernel=$1 kind=$2 root=$3 names=$HOST_MODULES name path file
	[ "$kind" != bare ] || names=$TEST_MODULES
	: >"$root/modules/order"
	[ -d "$(kernel_modules "$kernel")" ] || return 0
	for name in $names; do
		if ! modprobe -S "$kernel" --show-depends "$name" >"$root.all" 2>/dev/null; then
			[ "$kind" = bare ] || die "kernel $kernel has no module $name"
			continue
		fi
		grep '^insmod ' "$root.all" >"$root.depends" || true
		while read -r _ path _; do
			file=${path##*/}
			file=${file%.xz}
			[ ! -e "$root/modules/$file" ] || continue
			copy_module "$path" "$root/modules/$file"
			echo "$file" >>"$root/modules/order"
		done <"$root.depends"
	done
}

stage_busybox() {
	local root=$1 applet busybox
	busybox=$(command -v busybox) || die "no busybox: run scripts/setup"
	cp "$busybox" "$root/bin/busybox"
	for applet in $("$busybox" --list | grep -vx busybox); do
		ln -sf busybox "$root/bin/$applet"
	done
}

make_base() {
	local kernel=$1 kind=$2 base=$3 root=$3.root
	rm -rf "$root"
	mkdir -p "$root"/{bin,dev,etc,modules,proc,run,sys,tmp,vm}
	stage_busybox "$root"
	stage_modules "$kernel" "$kind" "$root"
	cat >"$root/etc/passwd" <<-'END'
		root:x:0:0:root:/:/bin/sh
		user:x:1000:1000:user:/tmp:/bin/sh
	END
	printf 'root:x:0:\nuser:x:1000:\n' >"$root/etc/group"
	find "$root" -exec touch -h -d @0 {} +
	pack "$root" >"$base.part"
	mv "$base.part" "$base"
	rm -rf "$root" "$root.all" "$root.depends"
}

# base_archive KERNEL bare|host: prints where the first archive is.
base_archive() {
	local kernel=$1 kind=$2 dir=$CACHE/initramfs base
	base=$dir/$kernel-$kind.cpio
	mkdir -p "$dir"
	if [ ! -f "$base" ] || [ "$TOP/scripts/initramfs.sh" -nt "$base" ] ||
	   [ "$(kernel_image "$kernel")" -nt "$base" ] ||
	   [ "$(command -v busybox)" -nt "$base" ]; then
		with_lock initramfs make_base "$kernel" "$kind" "$base"
	fi
	echo "$base"
}

# make_initramfs KERNEL bare|host STAGE OUTPUT: STAGE holds /vm and what else
# this run adds; the guest's own scripts are put beside it.
make_initramfs() {
	local kernel=$1 kind=$2 stage=$3 output=$4 guest=$TOP/scripts/guest base
	mkdir -p "$stage/vm"
	install -m 755 "$guest/init" "$stage/init"
	install -m 644 "$guest"/*.sh "$stage/vm"
	grep -v '^#' "$guest/faults" >"$stage/vm/faults"
	[ ! -f "$CACHE/build/launch" ] || {
		mkdir -p "$stage/bin"
		install -m 755 "$CACHE/build/launch" "$stage/bin/launch"
	}
	find "$stage" -exec touch -h -d @0 {} +
	base=$(base_archive "$kernel" "$kind")
	pack "$stage" | cat "$base" - >"$output"
}
