# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# The tools and tables of scripts/check-static, which sources this.

# ---- building ----

module_make() {
	make -C "$(kernel_headers "$(stock_kernel)")" M="$WORK/module" \
		CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules
}

# Once a run, from a clean copy, so that every file is looked at.
build_with_warnings() {
	[ ! -f "$WORK/module/msgport.ko" ] || return 0
	mkdir -p "$WORK/module"
	cp -r "$TOP/Kbuild" "$TOP/module" "$TOP/uapi" "$WORK/module"
	module_make W=1 >"$WORK/gcc.log" 2>&1 || {
		cat "$WORK/gcc.log"
		return 1
	}
}

sparse_findings() {
	build_with_warnings
	module_make C=2 CF=-Wcontext >"$WORK/sparse.log" 2>&1 || {
		cat "$WORK/sparse.log"
		return 0
	}
	grep -q '^  CHECK ' "$WORK/sparse.log" || echo "sparse was not run"
	grep -E '(warning|error):' "$WORK/sparse.log" | sed "s|^$WORK/module/|sparse |"
}

# checkpatch is in the kernel's source only; taken out of it once.
checkpatch_directory() {
	local unpacked=$CACHE/source/linux-6.1/scripts to=$CACHE/checkpatch name
	if [ -f "$unpacked/checkpatch.pl" ]; then
		echo "$unpacked"
		return
	fi
	if [ ! -f "$to/checkpatch.pl" ]; then
		rm -rf "$to.part"
		mkdir -p "$to.part"
		tar -xJf "$KERNEL_SOURCE" -C "$to.part" --strip-components=2 \
			linux-source-6.1/scripts/checkpatch.pl \
			linux-source-6.1/scripts/spelling.txt \
			linux-source-6.1/scripts/const_structs.checkpatch
		mv "$to.part" "$to"
	fi
	echo "$to"
}

# It leaves a file where it is run, so not in the tree.
checkpatch_findings() {
	local directory
	directory=$(checkpatch_directory)
	mkdir -p "$WORK/include"
	source_files | grep '\.[ch]$' | sed "s|^|$TOP/|" >"$WORK/sources"
	(cd "$WORK" && xargs -d '\n' perl "$directory/checkpatch.pl" --strict --no-tree \
		--root="$WORK" --no-summary --terse --show-types -f <sources) 2>&1 |
		sed "s|^$TOP/|checkpatch |" || true
}

# As docs/design.rst has it: pahole, but its notes on holes without the mark
# that stands for unfinished work.
layout() {
	pahole -C "$1" "$WORK/module/msgport.ko" | sed -e 's/X[X]X \(.*\), try to pack/\1/' -e 's/[ \t]*$//'
}

# The document with its structures, and their sizes in tables, as they are built.
with_layouts() {
	local name
	sed -n 's/^\(    \|``\)struct \(msgport_[a-z_]*\)\( {$\|``\).*/\2/p' "$1" |
		sort -u | while read -r name; do
		layout "$name" | sed 's/^\(.\)/    \1/' >"$WORK/layout.$name"
	done
	awk -v layout="$WORK/layout." '
		function bytes(name, line, size) {
			while ((getline line < (layout name)) > 0)
				if (match(line, /size: [0-9]+,/))
					size = substr(line, RSTART + 6, RLENGTH - 7)
			close(layout name)
			return size
		}
		/^    struct msgport_[a-z_]* \{$/ {
			while ((getline line < (layout $2)) > 0)
				print line
			inside = 1
		}
		/^``struct msgport_[a-z_]*`` *[0-9]+ / {
			size = sprintf("%-7s", bytes(substr($2, 1, length($2) - 2)))
			sub(/[0-9]+ */, size)
		}
		!inside
		/^    }/ { inside = 0 }' "$1"
}

# Rows of a table that begin with a structure's name and its bytes.
wrong_sizes() {
	local name told bytes
	sed -n 's/^``struct \(msgport_[a-z_]*\)`` *\([0-9]*\) .*/\1 \2/p' "$1" |
		while read -r name told; do
			bytes=$(layout "$name" | sed -n 's/.*size: \([0-9]*\),.*/\1/p')
			[ "$told" = "$bytes" ] || echo "struct $name has $bytes bytes, not $told"
		done
}

# ---- symbols ----

# What Debian exports beside upstream, so that binder and ashmem can be modules
# ("Export symbols needed by binder", in its releases from 5.10 to 6.12), and
# what is sometimes taken for exported and is not.
not_exported_upstream() {
	tr ' ' '\n' <<'END'
__close_fd_get_file __lock_task_sighand __wake_up_pollfree can_nice
close_fd_get_file file_close_fd file_close_get_file get_files_struct
get_ipc_ns_exported get_vm_area init_ipc_ns lock_vma_under_rcu
map_kernel_range_noflush mmput_async put_files_struct put_ipc_ns
security_binder_set_context_mgr security_binder_transaction
security_binder_transfer_binder security_binder_transfer_file
shmem_zero_setup task_work_add zap_page_range zap_page_range_single
do_timens_ktime_to_host inc_rlimit_ucounts io_is_uring_fops pidfd_prepare
sched_setscheduler security_file_receive try_to_wake_up unix_get_socket
wake_q_add wake_up_q
END
}

# ---- roles ----

# FILES : PATTERN : ROLE. The pattern is found in each of the files and in no
# other of module/. A file that has no row has no role.
roles() {
	cat <<'END'
main.c : module_(init|exit)\( : the module's beginning and end
main.c : module_param : parameters
main.c : cdev_device_(add|del) : the device
ioctl.c : _IOC_NR|check_zeroed_user : the table of verbs
ioctl.c : BUILD_BUG_ON\(sizeof\(struct msgport_(send|stamp)\) : the frozen sizes of the ABI
ioctl_right.c : ^long msgport_verb_(create|connect|mint|reopen|unlink)\(.*\)$ : verbs of rights and names
ioctl_message.c : ^long msgport_verb_(send|receive)\(.*\)$ : verbs of messages
ioctl_batch.c : ^static .*tell_error\( : vectors of messages
ioctl_answer.c : ^long msgport_verb_(call|cancel|reply|reply_receive|ack|release|grant)\(.*\)$ : verbs that ask, answer and settle
ioctl_watch.c : ^long msgport_verb_(watch|unwatch)\(.*\)$ : verbs that watch
ioctl_group.c : ^long msgport_verb_(group_create|join|leave|expel)\(.*\)$ : verbs of groups
ioctl_set.c : ^long msgport_verb_set_(create|add|remove)\(.*\)$ : verbs of sets
ioctl_look.c : ^long msgport_verb_(version|stat|limits|list|verify)\(.*\)$ : verbs that look
ioctl.c ioctl_batch.c name.c payload.c files.c : \bcopy_from_user\( : reading user memory
ioctl.h ioctl_answer.c ioctl_batch.c ioctl_look.c ioctl_message.c payload.c : \bcopy_to_user\( : writing user memory
payload.c : copy_(from|to)_iter|unsafe_(get|put)_user : payload
pool.c : page, lru|SHRINK_STOP|kept->next : memory that is kept
message.c : alloc_pages\(|kmem_cache_[a-z_]+\(message_cache : messages' memory
uring.c : \bis_for_uring\( : commands of io_uring
way.c : include ".*\.c" : what is compiled as one
file.c set_file.c : anon_inode_getfile : descriptors
file.c set_file.c group_file.c : poll_wait\(|ki_filp : what descriptors do
file.c group_file.c debugfs.c : seq_puts\( : text for people
files.c : \bfget_raw\(|SOCKFS_MAGIC : descriptors in messages
right.c : kmem_cache_[a-z]+\((send|receive)_cache : rights' memory
port.c : kmem_cache_[a-z]+\(port_cache : ports' memory
port.c : ->state = MSGPORT_PORT_ : a port's life
set.c : ->state = MSGPORT_MEMBER_ : a membership's life
set_ready.c : __xa_(set|clear)_mark\( : which members of a set are ready
set_receive.c : ->turn, : whose turn it is in a set
port.c : ledger\.discarded\[reason\]\+\+ : messages that nobody receives
send.c answer.c : ledger\.sent\+\+ : acceptance, and the arrival of answers
receive.c answer.c train.c plain.c : ledger\.received (\+=)|ledger\.received\+\+ : the second step of taking, and settling
deliver.c delivery.c : in_hand_count(\+\+|--) : the first step of taking, and what is given back
delivery.c : ledger\.redelivered|atomic64_inc_return\(&last_token\) : deliveries
call.c : ledger\.(answered|gone|given_up)\+\+ : the ledger of calls
watch.c : MSGPORT_KIND_EVENT : events
group.c : mutex_lock_interruptible|llist_del_all|rb_insert_color\(&member : groups, their members and their lock
group_place.c group_send.c : traffic->reserved(\+\+|--) : places held for a group
look.c : enum look : looking through the queues
sort.c : traffic->mark_[a-z]+ = : sorting for who chooses
plain.c : ^static void keep_one[(] : the plain way in and out
train.c : BUILD_BUG_ON\(2 \* MSGPORT_TRAIN : messages that pass the lock together
senders.c : SENDING_DEAD, wk : senders that wait, woken or told
group_send.c : last_age|msgport_membership_find\(p : sending to a group
gone.h : gone->next = : what is freed after unlocking
gate.c : used(\+\+|--)|[+-]{2}[a-z_>.-]+used\b|gate(\.|->)used [+-]?= |rb_insert_color_cached : places at gates
queue.c : hlist_add_(behind|before)\( : order
stamp.c : stamp->[a-z_]+ = : what the kernel vouches for
wake.c quota.c group.c : (get|put)_task_struct\(|wake_up_interruptible_poll\( : waking
pool.c quota.c : atomic_long_(add|sub|read|try) : charges
quota.c main.c limits.h : msgport_max_(ports|bytes|rights|pending|kept|fds) : ceilings
name.c : register_pernet_subsys|full_name_hash : names and their namespace
stat.c : \bstat->[a-z_]+ \+?= : counters for users
debugfs.c : debugfs_create : the state file
trace.h : TRACE_EVENT\( : tracepoints
limits.h : define MSGPORT_(DEFAULT_|BATCH|WAKE_|GATHER_) : bounds
compat.h : LINUX_VERSION_CODE : kernel versions
END
}

# Code without its comments, so that what they mention does not count.
code_of() {
	sed -e 's|/\*.*\*/||' -e '/^[ \t]*\/\*/,/\*\//d' "$1"
}

files_with() {
	local file
	for file in "$TOP"/module/*.[ch]; do
		! code_of "$file" | grep -E -e "$1" >/dev/null || basename "$file"
	done
}

broken_roles() {
	local files pattern role wanted found
	while IFS=: read -r files pattern role; do
		pattern=${pattern# }
		wanted=$(tr ' ' '\n' <<<"${files% }" | sort | tr '\n' ' ')
		found=$(files_with "${pattern% }" | sort | tr '\n' ' ')
		[ "$wanted" = "$found" ] || echo "${role# }: in ${found:-no file }and not in $wanted"
	done < <(roles)
}

files_without_role() {
	local file name
	for file in "$TOP"/module/*.[ch]; do
		name=$(basename "$file")
		case $name in
		*.c) grep -q "module/${name%.c}\.o" "$TOP/Kbuild" ||
			grep -qx "#include \"$name\"" "$TOP/module/way.c" || echo "$name is not built" ;;
		*) [ ! -f "${file%.h}.c" ] || continue ;;
		esac
		roles | cut -d : -f 1 | grep -w "$name" >/dev/null || echo "$name has no role"
	done
}

# ---- files and licenses ----

# All that is there and not ignored, relative to the tree.
source_files() {
	if git -C "$TOP" rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$TOP" -c safe.directory="$TOP" ls-files -co --exclude-standard
	else
		(cd "$TOP" && find . -name .git -prune -o -type f -printf '%P\n')
	fi | LC_ALL=C sort | while read -r file; do
		[ ! -f "$TOP/$file" ] || echo "$file"
	done
}

# A regular expression; none for what is compared byte for byte, for texts of
# licenses, and for data in a format without comments.
license_of() {
	case $1 in
	COPYING | LICENSES/* | *.expected | *.json) ;;
	uapi/*) echo 'GPL-2\.0 WITH Linux-syscall-note' ;;
	userlib/* | docs/man/*.scd) echo 'LGPL-2\.1-or-later OR MIT' ;;
	*) echo 'GPL-2\.0' ;;
	esac
}
