# SPDX-License-Identifier: GPL-2.0
# Turns what a test program prints for -l into the names of its conditions,
# FIXTURE.TEST or FIXTURE.VARIANT.TEST, as it prints them when it runs them.
# The list is a table with three columns, 20 and 25 characters wide unless a
# name is longer; variants and tests of a fixture stand side by side, without
# belonging together.

# Takes a column off the front of "rest"; returns what it holds.
function cell(width,    word) {
	word = ""
	if (rest !~ /^ / && rest != "") {
		word = rest
		sub(/ .*/, "", word)
	}
	if (length(word) > width)
		width = length(word)
	rest = substr(rest, width + 2)
	return word
}

function end_fixture(    v, t) {
	for (t = 1; t <= tests; t++) {
		if (!variants)
			print fixture "." test[t]
		for (v = 1; v <= variants; v++)
			print fixture "." variant[v] "." test[t]
	}
	tests = variants = 0
}

/^# FIXTURE / || /^-----/ {
	end_fixture()
	next
}

{
	rest = $0
	name = cell(20)
	if (name != "")
		fixture = name
	name = cell(25)
	if (name != "")
		variant[++variants] = name
	name = cell(0)
	if (name != "")
		test[++tests] = name
}

END {
	end_fixture()
}
