# SPDX-License-Identifier: GPL-2.0
"""What scripts/check-docs reads: headers, symbol map, man pages, tests."""
import re
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
UAPI = TOP / "uapi/linux/msgport.h"
HEADER = TOP / "userlib/include/msgport.h"
HEADERS = sorted(HEADER.parent.glob("*.h"))
MAP = TOP / "userlib/libmsgport.map"
MAN = TOP / "docs/man"
MODULE = TOP / "module"
SELFTESTS = TOP / "selftests"

ERRNO = re.compile(r"\bE[A-Z0-9]{3,}\b")

# What must be there whatever else is: a verb that vanished from everywhere at
# once would otherwise not be missed.
VERBS = ("create connect mint reopen unlink send receive call cancel reply "
         "reply_receive ack release grant watch unwatch set_create set_add "
         "set_remove group_create join leave expel verify stat limits list "
         "version").split()


def read(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def squeeze(text):
    return re.sub(r"\s*([(),;*])\s*", r"\1", " ".join(text.split()))


def functions():
    """name -> (comment, prototype) of each function of the public headers."""
    found = {}
    text = "\n".join(read(header) for header in HEADERS)
    text = re.sub(r"^\s*#.*(?:\\\n.*)*$", "", text, flags=re.M)
    text = re.sub(r'extern "C" \{', "", text)
    pattern = re.compile(
        r"(?:/\*\*((?:(?!\*/).)*)\*/\s*)?"
        r"^([a-z][\w ]*?[\s*]+(msgport_\w+)\([^;{}]*\));", re.S | re.M)
    for comment, prototype, name in pattern.findall(text):
        found[name] = (comment, squeeze(prototype))
    return found


def structures(path):
    """name -> (comment, fields) of each structure of a header."""
    found = {}
    pattern = re.compile(
        r"(?:/\*\*((?:(?!\*/).)*)\*/\s*)?"
        r"^struct (msgport_\w+) \{\n(.*?)^\};", re.S | re.M)
    for comment, name, body in pattern.findall(read(path)):
        fields = re.findall(r"(\w+)(?:\[\w+\])?;", body)
        found[name] = (comment, fields)
    return found


def docstring_errnos(comment):
    errors = re.search(r"^ \* Errors:\n(.*)", comment, re.S | re.M)
    return set(re.findall(r"^ \*   (E[A-Z0-9]+) ",
                          errors.group(1) if errors else "", re.M))


def numbers():
    return re.findall(r"^#define MSGPORT_IOC_(?!TYPE\b)(\w+)\s+_IO\(",
                      read(UAPI), re.M)


def pages():
    return {path.name[:-4]: read(path) for path in sorted(MAN.glob("*.scd"))}


def section(page, title):
    found = re.search(rf"^# {title}\n(.*?)(?=^# |\Z)", page, re.S | re.M)
    return found.group(1) if found else ""


def examples(page):
    """The programs between the markers, as the reader sees them."""
    pattern = r"^; example: begin\n```\n(.*?)^```\n; example: end$"
    return [re.sub(r"\\(.)", r"\1", text)
            for text in re.findall(pattern, page, re.S | re.M)]


def library_of(name, known):
    """The library functions of a verb: msgport_send, msgport_send_message."""
    return [f for f in known if f == f"msgport_{name}"
            or f in (f"msgport_{name}_message", f"msgport_{name}_owner",
                     f"msgport_{name}_sync", f"msgport_{name}_batch")]


def module_text():
    return "\n".join(read(path) for path in sorted(MODULE.glob("*.[ch]")))


def module_table():
    """verb -> VERB or LATER, from the module's table of ioctls."""
    rows = re.findall(r"^\t(VERB|LATER)\((\w+), (\w+), ",
                      read(MODULE / "ioctl.c"), re.M)
    return {verb: state for state, number, verb in rows
            if number == verb.upper()}


def test_names():
    return {path.name for path in SELFTESTS.glob("*_test.c")}


def built_verbs():
    """Every verb that has anything at all, so that it must have the rest."""
    known, tests, written = functions(), test_names(), pages()
    return VERBS + [verb for verb in map(str.lower, numbers())
                    if verb not in VERBS
                    and (module_table().get(verb) == "VERB"
                         or library_of(verb, known)
                         or f"{verb}_test.c" in tests
                         or f"msgport_{verb}.3" in written)]
