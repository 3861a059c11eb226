# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# Which conditions there are, and which are wanted: sourced by scripts/check.

DEFAULT_LIMIT=60

# Each test runs twice: built for 64 bits, and as NAME.32 for 32 bits, which
# sees the same kernel through other sizes of words and pointers. One that can
# be only the first says in its source why: "64 bits only: REASON". The kernels
# that look for mistakes are slow, and see the same work of the module twice:
# there the second runs only if it is asked for.
test_programs() {
	local file name twice=1
	[ "$SLOWNESS" -eq 1 ] || [[ "$PATTERN" == *.32 ]] || twice=0
	for file in "$TOP"/selftests/*_test.c; do
		[ -f "$file" ] || continue
		name=$(basename "$file" .c)
		echo "$name"
		[ "$twice" -eq 0 ] || grep -q '[*/ ]64 bits only: .' "$file" ||
			echo "$name.32"
	done
}

# A program of a directory of examples is called DIRECTORY.NAME.
example_programs() {
	local file
	for file in "$TOP"/examples/*.c; do
		[ -f "$file" ] && basename "$file" .c
	done
	for file in "$TOP"/examples/bounded_buffer/*.c; do
		case ${file##*/} in
		workload.c | '*.c') ;;
		*) echo "bounded_buffer.$(basename "$file" .c)" ;;
		esac
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

# Both builds of a program have the same, with names that tell them apart.
conditions_of() {
	local program suffix=''
	program=$(program_file test "${1%.32}")
	[ "$1" = "${1%.32}" ] || suffix=.32
	# Listing is no run of the tests; the program says so by its status.
	{ "$program" -l 2>&1 || true; } | awk -f "$TOP/scripts/conditions.awk" |
		sed "s/\$/$suffix/"
}

# "global." stands before each condition that has no fixture: it says nothing.
matches() {
	[ -z "$PATTERN" ] || [[ "${1#global.}" == *"$PATTERN"* ]]
}

# Whether the program is called so, built for 32 bits or not.
is_called() {
	[ "$PATTERN" = "$1" ] || [ "$PATTERN" = "${1%.32}" ]
}

source_of() {
	echo "$TOP/selftests/${1%.32}.c"
}

# Whether a condition of the program may match, as far as its source tells:
# each word of "FIXTURE.VARIANT.TEST.32" but the last is there. What a program
# really has is learned from the program, which has to be built for that.
may_match() {
	local word words=${PATTERN//./ }
	! is_called "$1" || return 0
	for word in $words; do
		case global.32 in
		*"$word"*) ;;
		*) grep -qF -e "$word" "$(source_of "$1")" || return 1 ;;
		esac
	done
}

# The programs to build before it can be said what is selected, one a line.
candidates() {
	local program
	for program in $(test_programs); do
		if [ "$program" = "${program%.32}" ] && may_match "$program"; then
			echo "$program"
		fi
	done
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
		if [ -n "$PATTERN" ] && ! is_called "$program"; then
			may_match "$program" || continue
			for condition in $(conditions_of "$program"); do
				matches "$condition" && words+=" -r ${condition%.32}" || all=0
			done
			[ -n "$words" ] || continue
			[ "$all" -eq 0 ] || words=''
		fi
		echo "test $program $(limit_of "$(source_of "$program")")$words"
	done
	for program in $(example_programs); do
		matches "example.$program" &&
			echo "example $program $(limit_of "$TOP/examples/${program/.//}.c")"
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
