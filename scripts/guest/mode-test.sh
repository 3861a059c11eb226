# SPDX-License-Identifier: GPL-2.0
# Runs the programs of /vm/tests, each under its time limit, and reports over
# the result port. What a line there begins with says what it is:
#   begin NAME LIMIT        a program starts, with so many seconds
#   | TEXT                  a line of its output
#   fail NAME REASON        something is wrong beside what it says itself
#   end NAME STATUS SECONDS
#   log TEXT                a line of the kernel's log
#   done STATUS             the last line, unless the machine died

now() {
	cut -d ' ' -f 1 /proc/uptime
}

user_of() {
	case $1 in
	*_root_test | *_root_test.32) echo 0 ;;
	*) echo 1000 ;;
	esac
}

# A test says itself, in KTAP, what passed.
run_test() {
	local name=$1 limit=$2 pipe=/run/pipe
	shift 2
	mkfifo "$pipe"
	forward '|' <"$pipe" &
	launch -u "$(user_of "$name")" -t "$limit" -d /tmp "/vm/bin/$name" "$@" \
		>"$pipe" 2>&1 </dev/null
	status=$?
	wait
	rm "$pipe"
}

# An example passes if it ends well and prints what is expected of it.
run_example() {
	local name=$1 limit=$2 expected=/vm/bin/$1.expected output=/run/output
	shift 2
	launch -u 1000 -t "$limit" -d /tmp "/vm/bin/$name" "$@" \
		>"$output" 2>&1 </dev/null
	status=$?
	sed 's/^/# /' "$output" | forward '|'
	if [ "$status" -eq 0 ] && [ -e "$expected" ] &&
	   ! diff "$expected" "$output" >/run/difference; then
		status=1
		sed 's/^/# /' /run/difference | forward '|'
	fi
	result "| 1..1"
	if [ "$status" -eq 0 ]; then
		result "| ok 1 example.$name"
	else
		result "| not ok 1 example.$name"
	fi
}

# Reports the lines that a check prints, if any, as one failure.
report() {
	local name=$1 reason=$2 text=$3
	[ -n "$text" ] || return 0
	result "fail $name $reason"
	printf '%s\n' "$text" | sed 's/^/# /' | forward '|'
	failed=1
}

check_after() {
	report "$1" "the kernel complains" "$(kernel_faults)"
	report "$1" "something is left in the module" "$(settled_leftovers)"
}

run_one() {
	local kind=$1 name=$2 limit=$3 start
	shift 3
	result "begin $name $limit"
	start=$(now)
	"run_$kind" "$name" "$limit" "$@"
	check_after "$name"
	result "end $name $status $(awk "BEGIN { print $(now) - $start }")"
	rm -rf /tmp/* /dev/shm/*
}

check_machine() {
	# Once while the module's functions still have names, and once when
	# nothing in the module refers to its memory any more.
	report machine "memory is leaked" "$(memory_leaks)"
	report machine "the module does not go cleanly" "$(unload_msgport)"
	[ "$failed" -ne 0 ] ||
		report machine "memory is leaked once the module has gone" "$(memory_leaks)"
	report machine "the kernel complains" "$(kernel_faults)"
	[ "$(taint)" = "$taint_at_boot" ] ||
		report machine "the kernel is tainted" "flags $(taint)"
	[ "$(locks_checked)" = "$locks_at_boot" ] ||
		report machine "lockdep has turned itself off" "see the log"
}

failed=0
message=$(load_msgport 2>&1) || report machine "the module does not load" "${message:-no message}"
while read -r line; do
	# shellcheck disable=SC2086 # words of the line
	run_one $line
done </vm/tests
result "begin machine 240"
check_machine
result "end machine 0 0"
[ "$failed" -eq 0 ] || forward log <"$WHOLE_LOG"
result "done $failed"
