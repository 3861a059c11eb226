# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# Which conditions there are, and which are wanted: sourced by scripts/check.

DEFAULT_LIMIT=60

test_programs() {
	local file
	for file in "$TOP"/selftests/*_test.c; do
		[ -f "$file" ] && basename "$file" .c
	done
}

example_programs() {
	local file
	for file in "$TOP"/examples/*.c; do
		[ -f "$file" ] && basename "$file" .c
	done
	return 0
}

# Checks that need no machine: their names, which are also those of the
# programs. Each prints "ok" and "not ok" lines, the names of what it checks
# for --list, and checks only those that it is given, if any.
host_checks() {
	local file
	for file in "$TOP"/model/check "$TOP"/scripts/check-*; do
		if [ -x "$file" ] && [ "${file##*/}" != check-static ]; then
			echo "${file#"$TOP/"}"
		fi
	done
}

# Names one a line; a name may stand for several lines of the check's output.
conditions_of_host_check() {
	case $1 in
	model/check) "$TOP/$1" -l ;;
	*) "$TOP/$1" --list ;;
	esac | sort -u
}

conditions_of() {
	local program=$CACHE/build/selftests/$1
	# Listing is no run of the tests; the program says so by its status.
	{ "$program" -l 2>&1 || true; } | awk -f "$TOP/scripts/conditions.awk"
}

# "global." stands before each condition that has no fixture: it says nothing.
matches() {
	[ -z "$PATTERN" ] || [[ "${1#global.}" == *"$PATTERN"* ]]
}

list_all() {
	local program condition
	for program in $(test_programs); do
		for condition in $(conditions_of "$program"); do
			echo "$program ${condition#global.}"
		done
	done
	for program in $(example_programs); do
		echo "example $program"
	done
	for program in $(host_checks); do
		for condition in $(conditions_of_host_check "$program"); do
			echo "$program $condition"
		done
	done
}

# A test says in its source how long it may take: "timeout: SECONDS".
limit_of() {
	local file=$1 seconds
	seconds=$(sed -n 's/^.*[*/ ]timeout: \([0-9][0-9]*\).*/\1/p' "$file" | head -n 1)
	echo $((${seconds:-$DEFAULT_LIMIT} * SLOWNESS))
}

# Prints KIND NAME LIMIT [ARG...] for each program that is to run.
selected_programs() {
	local program condition all words
	for program in $(test_programs); do
		words='' all=1
		if [ -n "$PATTERN" ] && [ "$PATTERN" != "$program" ]; then
			for condition in $(conditions_of "$program"); do
				matches "$condition" && words+=" -r $condition" || all=0
			done
			[ -n "$words" ] || continue
			[ "$all" -eq 0 ] || words=''
		fi
		echo "test $program $(limit_of "$TOP/selftests/$program.c")$words"
	done
	for program in $(example_programs); do
		matches "example.$program" &&
			echo "example $program $(limit_of "$TOP/examples/$program.c")"
	done
	return 0
}

# Prints PROGRAM [CONDITION...] for each host check that is to run.
selected_host_checks() {
	local program condition words
	for program in $(host_checks); do
		words=''
		if [ -n "$PATTERN" ] && [ "$PATTERN" != "$program" ]; then
			for condition in $(conditions_of_host_check "$program"); do
				! matches "$condition" || words+=" $condition"
			done
			[ -n "$words" ] || continue
		fi
		echo "$program$words"
	done
}

# Shares the programs out, the longest first to the machine that has least.
share_out() {
	local programs=$1 times=$2 directory=$3 machines=$4
	touch "$times"
	awk 'FILENAME == ARGV[1] { seconds[$1] = $2; next }
	     { print (($2 in seconds) ? seconds[$2] : 10) " " $0 }' "$times" "$programs" |
		sort -rn |
		awk -v directory="$directory" -v machines="$machines" '
		{
			least = 1
			for (m = 2; m <= machines; m++)
				if (load[m] < load[least])
					least = m
			load[least] += $1 + 0.5
			sub(/^[^ ]* /, "")
			print > (directory "/programs-" least)
		}'
}
