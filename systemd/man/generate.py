#!/usr/bin/env python3
"""Writes the manual pages of ipamc and ipamd, from what the programs say of their own commands.

    systemd/man/generate.py PROGRAMS PAGES

PROGRAMS is the folder of ipamc and ipamd, PAGES the folder to write into. Made of the commands'
definitions are ipamc(1), a page ipamc-COMMAND(1) for each of its commands, and ipamd(8). What no
definition can say stands in this folder: NAME.SECTION is a whole page, NAME.SECTION.more sections
that a generated page gets as well. @VERSION@ and @DATE@ in them become those of the release. Two
comments in them mean something: `See also: NAME(SECTION) ...` is what the page ends with, and
`$ COMMAND` prepares what the examples show; the tests run it.
"""

import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CHANGELOG = os.path.join(HERE, "..", "debian", "changelog")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def definition(program):
    """What the program says of itself and its commands."""
    said = subprocess.run(
        [program, "--experimental-dump-help"], check=True, stdout=subprocess.PIPE, timeout=60)
    return json.loads(said.stdout)["command"]


def release_date():
    """The day of the newest entry of the changelog: the same sources make the same pages."""
    with open(CHANGELOG, encoding="utf-8") as file:
        day = re.search(r"^ -- .*  \w+, (\d+) (\w+) (\d+) ", file.read(), re.MULTILINE)
    return f"{day[3]}-{MONTHS.index(day[2]) + 1:02}-{int(day[1]):02}"


# Text for roff


def roff(text):
    """Text as roff wants it: nothing in it is an instruction."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    text = text.replace("`", "\\(ga").replace("^", "\\(ha").replace("~", "\\(ti")
    return "\\&" + text if text.startswith(".") else text


def sentences(text):
    """A paragraph, a sentence a line, and each line outside of examples begins one."""
    return [roff(part) for part in re.split(r"(?<=[.:;]) (?=[A-Z])", text.strip())]


def paragraphs(text):
    """The lines of a text: paragraphs are separated by empty lines, examples are indented."""
    lines, first = [], True
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if not first:
            lines.append(".PP")
        first = False
        if paragraph.startswith("  "):
            lines[-1:] = [".PP", ".RS 4", ".nf"] if lines else [".RS 4", ".nf"]
            lines += [roff(line[2:]) for line in paragraph.split("\n")]
            lines += [".fi", ".RE"]
        else:
            lines += sentences(" ".join(paragraph.split("\n")))
    return lines


# The parts of a command


def shown(items):
    return [item for item in items if item.get("shouldDisplay", True)]


def subcommands(command):
    """Its commands, without the parser's own help."""
    return [each for each in shown(command.get("subcommands", [])) if each["commandName"] != "help"]


def spelling(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def spellings(argument):
    """`-n`, `--namespace`, the short ones first."""
    return sorted((spelling(name) for name in argument.get("names", [])), key=len)


def value(argument):
    return "" if argument["kind"] == "flag" else f"\\fI{roff(argument['valueName'])}\\fR"


def usage(argument):
    """How it stands in the synopsis."""
    if argument["kind"] == "positional":
        text = value(argument)
    else:
        text = f"\\fB{roff(spelling(argument['preferredName']))}\\fR"
        if value(argument):
            text += "\\ " + value(argument)
    if argument["isRepeating"]:
        text += "\\ .\\|.\\|."
    return f"[{text}]" if argument["isOptional"] else text


def option(argument):
    """The paragraph that describes one argument."""
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in spellings(argument))
    head = " ".join(part for part in (names, value(argument)) if part)
    lines = [".TP", head] + sentences(argument.get("abstract", "It has no description."))
    values = argument.get("allValues", [])
    # Not twice, where the description names them.
    if values and not all(each in argument.get("abstract", "") for each in values):
        lines.append("One of " + ", ".join(f"\\fB{roff(each)}\\fR" for each in values) + ".")
    if argument.get("discussion"):
        lines += sentences(argument["discussion"])
    if argument.get("defaultValue") is not None:
        lines.append(f"Default: \\fB{roff(argument['defaultValue'])}\\fR.")
    return lines


def is_help(argument):
    return any(spelling(name) in ("--help", "--version") for name in argument.get("names", []))


def is_shared(argument, family):
    """Whether every command of the family takes it."""
    return all(argument in each["arguments"] for each in family)


def split_exit(text):
    """The text without its list of exit statuses, and that list."""
    before, found, after = text.partition("Exit status: ")
    if not found:
        return text, []
    after, _, behind = after.partition("\n\n")
    items = re.findall(r"(\d+) (.+?)(?:, (?=\d)|\.$)", after)
    return "\n\n".join(part for part in (before.strip(), behind.strip()) if part), items


def exit_statuses(items):
    lines = []
    for number, meaning in items:
        lines += [".TP", f"\\fB{number}\\fR", roff(meaning[0].upper() + meaning[1:] + ".")]
    return lines


# Pages

SEE_ALSO = '.\\" See also: '
PREPARATION = '.\\" $ '
# What stands on the page of each command, for nobody reads two to use one.
ENVIRONMENT = [
    ".BR IPAM_SOCKET ,", ".B IPAM_NAMESPACE", "and", ".B NO_COLOR", "are as in", ".BR ipamc (1)."]


class Page:
    def __init__(self, name, section, abstract, version, date):
        self.name, self.section = name, section
        title = roff(name.upper())
        self.lines = [
            '.\\" Made by systemd/man/generate.py from the definitions of the commands.',
            f'.TH {title} {section} {date} "ipamd {version}" "ipamd manual"']
        self.lines += [".SH NAME", f"{roff(name)} \\- {roff(abstract[0].lower() + abstract[1:])}"]

    def add(self, title, lines, macro=".SH"):
        if lines:
            self.lines += [f"{macro} {title}"] + lines

    def write(self, folder, see_also, more):
        for line in more.rstrip("\n").split("\n") if more else []:
            if line.startswith(SEE_ALSO):
                see_also = [page(name) for name in line[len(SEE_ALSO):].split()]
            elif not line.startswith(PREPARATION):
                self.lines.append(line)
        pages = [f".BR {roff(name)} ({section})" for name, section in see_also]
        self.add("SEE ALSO", [page + "," for page in pages[:-1]] + pages[-1:])
        path = os.path.join(folder, f"{self.name}.{self.section}")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")


def page(name):
    """The name and the section in `ipamc(1)`."""
    found = re.fullmatch(r"(.+)\((\d)\)", name)
    return found[1], int(found[2])


def abstract(command):
    return command["abstract"].split(". ")[0].rstrip(".")


def synopsis(words, arguments, placeholder=""):
    lines = [".nh", ".ad l", ".HP", f"\\fB{roff(words)}\\fR {placeholder}".rstrip()]
    return lines + [usage(each) for each in arguments if not is_help(each)] + [".ad b", ".hy"]


def options(arguments):
    return [line for each in arguments for line in option(each)]


class Manual:
    """The pages of one release."""

    def __init__(self, programs, folder):
        self.folder = folder
        self.client = definition(os.path.join(programs, "ipamc"))
        self.daemon = definition(os.path.join(programs, "ipamd"))
        said = subprocess.run(
            [os.path.join(programs, "ipamc"), "version"], check=True, stdout=subprocess.PIPE,
            timeout=60, text=True)
        self.version = said.stdout.split()[1]
        self.date = release_date()
        self.written = [("ipamc", 1), ("ipamd", 8)]
        for path in sorted(glob.glob(os.path.join(HERE, "*.[1-9]"))):
            name, section = os.path.basename(path).rsplit(".", 1)
            self.written.append((name, int(section)))

    def filled(self, text):
        return text.replace("@VERSION@", self.version).replace("@DATE@", self.date)

    def page(self, name, section, command):
        return Page(name, section, abstract(command), self.version, self.date)

    def write(self, page):
        path = os.path.join(HERE, f"{page.name}.{page.section}.more")
        more = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                more = self.filled(file.read())
        others = [each for each in self.written if each != (page.name, page.section)]
        page.write(self.folder, others, more)

    def write_client(self):
        family = subcommands(self.client)
        text, statuses = split_exit(self.client.get("discussion", ""))
        self.statuses = statuses
        page = self.page("ipamc", 1, self.client)
        page.add(
            "SYNOPSIS",
            synopsis("ipamc", [], "\\fIcommand\\fR [\\fIoptions\\fR]")
            + synopsis("ipamc help", [], "\\fIcommand\\fR|\\fIcode\\fR"))
        page.add("DESCRIPTION", sentences(self.client["abstract"]) + [".PP"] + paragraphs(text))
        lines = []
        for each in family:
            lines += [".TP", f".BR {roff('ipamc-' + each['commandName'])} (1)"]
            lines += sentences(each["abstract"])
        page.add("COMMANDS", lines)
        shared = [each for each in family[0]["arguments"] if is_shared(each, family)]
        page.add("OPTIONS OF EVERY COMMAND", options(shared))
        page.add("EXIT STATUS", exit_statuses(statuses))
        self.write(page)
        for each in family:
            self.write_subcommand(each, family)

    def write_subcommand(self, command, family):
        name = command["commandName"]
        page = self.page(f"ipamc-{name}", 1, command)
        shared = [each for each in shown(command["arguments"]) if is_shared(each, family)]
        own = [each for each in shown(command["arguments"]) if each not in shared]
        named = [each for each in own if each["kind"] != "positional"]
        positional = [each for each in own if each["kind"] == "positional"]
        page.add("SYNOPSIS", synopsis(f"ipamc {name}", named + positional))
        text = command.get("discussion", "")
        body = sentences(command["abstract"])
        if text:
            body += [".PP"] + paragraphs(text)
        page.add("DESCRIPTION", body)
        page.add("ARGUMENTS", options(positional))
        page.add("OPTIONS", options(named))
        page.add("OPTIONS OF EVERY COMMAND", options(shared))
        told = ", ".join(f"{number} {meaning}" for number, meaning in self.statuses)
        page.add("EXIT STATUS", [roff(told + ".")])
        page.add("ENVIRONMENT", ENVIRONMENT)
        self.write(page)

    def write_daemon(self):
        family = subcommands(self.daemon)
        page = self.page("ipamd", 8, self.daemon)
        lines = []
        for each in family:
            words = "ipamd"
            if each["commandName"] != self.daemon.get("defaultSubcommand"):
                words += " " + each["commandName"]
            lines += synopsis(words, shown(each["arguments"]))
        page.add("SYNOPSIS", lines)
        page.add(
            "DESCRIPTION",
            sentences(self.daemon["abstract"]) + paragraphs(self.daemon.get("discussion", "")))
        page.lines.append(".SH COMMANDS")
        for each in family:
            text, statuses = split_exit(each.get("discussion", ""))
            lines = sentences(each["abstract"])
            if text:
                lines += [".PP"] + paragraphs(text)
            lines += options(one for one in shown(each["arguments"]) if not is_help(one))
            if statuses:
                lines += [".PP", "Exit status:"] + exit_statuses(statuses)
            page.add(f"ipamd {each['commandName']}", lines, macro=".SS")
        page.add("OPTIONS OF EVERY COMMAND", options(filter(is_help, family[0]["arguments"])))
        self.write(page)

    def write_others(self):
        for path in glob.glob(os.path.join(HERE, "*.[1-9]")):
            with open(path, encoding="utf-8") as file:
                text = self.filled(file.read())
            page = os.path.join(self.folder, os.path.basename(path))
            with open(page, "w", encoding="utf-8") as file:
                file.write(text)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    os.makedirs(sys.argv[2], exist_ok=True)
    manual = Manual(sys.argv[1], sys.argv[2])
    manual.write_client()
    manual.write_daemon()
    manual.write_others()


if __name__ == "__main__":
    main()
