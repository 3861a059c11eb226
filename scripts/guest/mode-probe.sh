# SPDX-License-Identifier: GPL-2.0
# Says that the machine works, and that is all.
result "done 0"
