# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # variables of who sources it
# A list of test programs in the guest: sourced by scripts/vm.
# LIST has lines KIND NAME LIMIT [ARG...]; RESULT is written as the guest
# reports (scripts/guest/mode-test.sh says how), and a line is printed for
# each program that ends. The machine is given up when it is silent for
# longer than the running program may take.

PATIENCE=60

vm_test() {
	[ $# -eq 2 ] || die "test needs LIST and RESULT"
	local list=$1 result=$2
	stage_tests "$list"
	: >"$result"
	start_machine
	follow "$result"
	end_machine "$result"
	[ "$TOTAL_FAILED" -eq 0 ]
}

stage_tests() {
	local list=$1 MODE=test kind name
	write_config MODE MODULE_OPTIONS
	mkdir -p "$RUN/stage/vm/bin"
	install -m 644 "$list" "$RUN/stage/vm/tests"
	while read -r kind name _; do
		install -m 755 -s "$(program_file "$kind" "$name")" "$RUN/stage/vm/bin/$name"
		stage_expected "$name"
	done <"$list"
	make_initramfs "$KERNEL" bare "$RUN/stage" "$RUN/initramfs"
}

# What an example prints: a program of a directory has its own, or that of all.
stage_expected() {
	local name=$1 file
	for file in "${name/.//}" "${name%%.*}/${name%%.*}"; do
		file=$TOP/examples/$file.expected
		if [ -f "$file" ]; then
			install -m 644 "$file" "$RUN/stage/vm/bin/$name.expected"
			return
		fi
	done
}

# The subshell holds the pipe open for as long as the machine runs, so that
# the reader sees its end whatever QEMU does.
start_machine() {
	local arguments
	mkfifo "$RUN/port"
	machine_arguments >"$RUN/arguments"
	mapfile -t arguments <"$RUN/arguments"
	qemu-system-x86_64 "${arguments[@]}" -serial "file:$RUN/console" \
		-serial "file:$RUN/port" </dev/null >"$RUN/qemu" 2>&1 4>"$RUN/port" &
	QEMU_PID=$!
	exec 3<"$RUN/port"
}

new_program() {
	NAME=$1 PASSED=0 FAILED=0 SKIPPED=0 PLAN='' TEXT='' CONDITIONS=''
}

# One line of a program's own output.
take_output() {
	TEXT+="    $1"$'\n'
	case $1 in
	'1..0 # SKIP'*) PLAN=0; SKIPPED=$((SKIPPED + 1)) ;;
	1..*) PLAN=${1#1..}; PLAN=${PLAN%% *} ;;
	'ok '*'# SKIP'*) SKIPPED=$((SKIPPED + 1)); take_condition skip "${1#ok }" ;;
	'ok '*) PASSED=$((PASSED + 1)); take_condition ok "${1#ok }" ;;
	'not ok '*) FAILED=$((FAILED + 1)); take_condition FAIL "${1#not ok }" ;;
	esac
}

# The condition's number says nothing; its name is that of scripts/check --list.
take_condition() {
	local name=${2#* } suffix=''
	name=${name#global.}
	case $NAME in
	*.32) suffix=.32 ;;
	esac
	CONDITIONS+=$(printf '     %-5s%s' "$1" "${name%% *}$suffix${name#"${name%% *}"}")$'\n'
}

take_failure() {
	FAILED=$((FAILED + 1))
	TEXT+="    not ok: $NAME: $1"$'\n'
}

# A program must have kept its plan, and say by its exit status the same as
# by its lines.
judge_program() {
	local status=$1
	[ "$NAME" != machine ] || return 0
	if [ -z "$PLAN" ]; then
		take_failure "there is no plan (exit status $status)"
	elif [ "$PLAN" -ne 0 ] && [ "$((PASSED + FAILED + SKIPPED))" -lt "$PLAN" ]; then
		take_failure "only $((PASSED + FAILED + SKIPPED)) of $PLAN were run (exit status $status)"
	elif [ "$status" -ne 0 ] && [ "$status" -ne 4 ] && [ "$FAILED" -eq 0 ]; then
		take_failure "exit status $status"
	fi
}

# Prints and records what came of a program.
show_program() {
	local seconds=$1 result=$2 mark=ok
	[ "$FAILED" -eq 0 ] || mark=FAIL
	printf '%-5s%-36s%4d passed%s%s  %s s\n' "$mark" "$NAME" "$PASSED" \
		"$([ "$FAILED" -eq 0 ] || echo ", $FAILED failed")" \
		"$([ "$SKIPPED" -eq 0 ] || echo ", $SKIPPED skipped")" "$seconds"
	[ "$NAMES" -eq 0 ] || printf '%s' "$CONDITIONS"
	[ "$FAILED" -eq 0 ] || printf '%s' "$TEXT"
	echo "tally $NAME $PASSED $FAILED $SKIPPED" >>"$result"
	TOTAL_FAILED=$((TOTAL_FAILED + FAILED))
	NAME=''
}

follow() {
	local result=$1 line word rest silence=$((PATIENCE * $(slowness "$KERNEL")))
	TOTAL_FAILED=0 DONE=0
	new_program ''
	while IFS= read -r -t "$silence" line <&3; do
		line=${line%$'\r'}
		printf '%s\n' "$line" >>"$result"
		word=${line%% *} rest=${line#* }
		case $word in
		begin)
			new_program "${rest% *}"
			silence=$((${rest##* } + PATIENCE))
			;;
		'|') take_output "${rest#| }" ;;
		fail) [ -n "$NAME" ] || new_program "${rest%% *}"; take_failure "${rest#* }" ;;
		end)
			rest=${rest#* }
			judge_program "${rest% *}"
			if [ "$NAME" != machine ] || [ "$FAILED" -ne 0 ]; then
				show_program "${rest##* }" "$result"
			fi
			NAME=''
			;;
		done) DONE=1 ;;
		esac
	done
	cp "$result" "$RUN/result"
}

# The machine has stopped, or says nothing any more.
end_machine() {
	local result=$1 reason='the machine stopped without a result'
	if [ "$DONE" -eq 0 ] && kill -0 "$QEMU_PID" 2>/dev/null; then
		reason='the machine hangs'
	fi
	if [ "$DONE" -eq 0 ]; then
		kill "$QEMU_PID" 2>/dev/null || true
		[ -n "$NAME" ] || new_program machine
		take_failure "$reason"
		show_program 0 "$result"
		show_console
	elif console_faults >"$RUN/found"; then
		new_program machine
		take_failure "the console shows a fault"
		TEXT+=$(sed 's/^/    # /' "$RUN/found")$'\n'
		show_program 0 "$result"
	elif [ "$TOTAL_FAILED" -gt 0 ]; then
		sed -n 's/^log /    log: /p' "$RUN/result" | tail -n 60
	fi
	wait "$QEMU_PID" 2>/dev/null || true
	QEMU_PID=''
}
