import ArgumentParser
import Foundation
import Testing

@testable import ipamc
@testable import ipamd

/// The manual, made of the definitions of the commands.
struct ManualTests {
    private func manual() throws -> Folder {
        let folder = try Folder()
        let outcome = try Machine.run("systemd/man/generate.py", Machine.programs, folder.path)
        #expect(outcome.status == 0, "\(outcome.text)")
        return folder
    }

    /// The options that the program itself lists for a command.
    private func options(of program: String, _ command: String) throws -> Set<String> {
        let help = try Machine.run(Machine.programs + "/" + program, "help", command)
        #expect(help.status == 0, "\(help.text)")
        return Set(help.text.matches(of: /\n  (?:-\w, )?(--[a-z-]+)/).map { String($0.output.1) })
    }

    @Test func `each command of ipamc has a page that describes each of its options`() throws {
        let pages = try manual()
        let overview = try pages.text(of: "ipamc.1")
        for command in Ipamc.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            #expect(overview.contains("ipamc\\-\(name) (1)"), "\(name)")
            let page = try pages.text(of: "ipamc-\(name).1").replacing("\\-", with: "-")
            let options = try options(of: "ipamc", name)
            #expect(options.count > 3)
            for option in options {
                #expect(page.contains("\\fB\(option)\\fR"), "\(option) of \(name)")
            }
        }
    }

    @Test func `the page of ipamd describes each option of each of its commands`() throws {
        let page = try manual().text(of: "ipamd.8").replacing("\\-", with: "-")
        for command in Ipamd.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            #expect(page.contains(".SS ipamd \(name)\n"))
            for option in try options(of: "ipamd", name) {
                #expect(page.contains("\\fB\(option)\\fR"), "\(option) of \(name)")
            }
        }
    }

    @Test(.enabled(if: Machine.has("mandoc"), "mandoc is missing"))
    func `mandoc has nothing to say about any page`() throws {
        let pages = try manual()
        for page in try pages.files.sorted() {
            let outcome = try Machine.run(
                "mandoc", "-T", "lint", "-W", "warning", pages.path + "/" + page)
            #expect(outcome.status == 0, "\(outcome.text)")
        }
    }

    @Test func `the page of each command has an example, and every way in which it can end`() throws
    {
        let pages = try manual()
        for command in Ipamc.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            let page = try pages.text(of: "ipamc-\(name).1")
            let parts = page.components(separatedBy: "\n.SH ")
            let examples = try #require(parts.first { $0.hasPrefix("EXAMPLES") }, "\(name)")
            #expect(examples.contains("ipamc \(name)"), "\(name)")
            let ends = try #require(parts.first { $0.hasPrefix("EXIT STATUS") }, "\(name)")
            for status in ["0", "1", "64", "69", "70", "74", "75", "77"] {
                #expect(ends.contains("\(status) "), "\(status) of \(name)")
            }
            #expect(page.contains(".SH ENVIRONMENT\n"), "\(name)")
            #expect(!page.contains("See also: ") && !page.contains(".\\\" $ "), "\(name)")
        }
        let overview = try pages.text(of: "ipamc.1")
        for status in ["0", "1", "64", "69", "70", "74", "75", "77"] {
            #expect(overview.contains("\\fB\(status)\\fR\n"), "\(status)")
        }
        #expect(overview.contains("ipamc help no_room says"))
    }

    @Test(.enabled(if: Machine.has("mandoc"), "mandoc is missing"))
    func `no line of a page is too long for a terminal of 80 columns`() throws {
        let pages = try manual()
        for page in try pages.files.sorted() where page != "ipamd-journal.7" {
            let shown = try Machine.run(
                "mandoc", "-T", "utf8", "-O", "width=80", pages.path + "/" + page)
            for line in shown.text.replacing(/.\u{8}/, with: "").split(separator: "\n") {
                #expect(line.count <= 80, "\(page): \(line)")
            }
        }
    }

    @Test func `each line of ipamc that a page shows is one that ipamc understands`() throws {
        let pages = try manual()
        var count = 0
        for file in try pages.files.sorted() {
            let text = try pages.text(of: file).replacing("\\-", with: "-")
                .replacing("\\(aq", with: "'").replacing("\\e\n", with: "")
            for line in text.split(separator: "\n") {
                let shown = line.drop { $0 == " " || $0 == "$" }
                // What a shell does with it is not the question.
                guard shown.hasPrefix("ipamc "), let end = shown.firstMatch(of: Self.shellSigns)
                else { continue }
                let words = try #require(Self.words(String(end.output.1)), "\(file): \(shown)")
                count += 1
                guard words.first != "help" else { continue }
                #expect(throws: Never.self, "\(file): \(shown)") {
                    _ = try Ipamc.parseAsRoot(GlobalOptions.behindSubcommand(words))
                }
            }
        }
        #expect(count > 60)
    }

    /// A command up to a pipe, a redirection or the next command.
    private static var shellSigns: Regex<(Substring, Substring)> {
        /ipamc (-{0,2}[a-z].*?)(?: (?:\||\|\||&&|>|2>&1|<<).*)?$/
    }

    /// The words of a line, without their quotes.
    private static func words(_ line: String) -> [String]? {
        let parts = line.split(separator: /['"]/, omittingEmptySubsequences: false)
        guard parts.count % 2 == 1 else { return nil }
        return parts.enumerated().flatMap { index, part in
            index % 2 == 1
                ? [String(part)] : part.split(separator: " ").map(String.init)
        }
    }

    /// Pages of the system that ours point to.
    private static let systemPages: Set<String> = [
        "connect(2)", "journalctl(1)", "sd_listen_fds(3)", "sd_notify(3)",
        "sd_watchdog_enabled(3)", "systemd.journal-fields(7)", "unix(7)",
    ]

    /// The pages that a page names, as in `ipamc(1)`.
    private func named(in page: String) -> Set<String> {
        Set(
            page.replacing("\\-", with: "-").matches(of: /\.BR ([\w.-]+) \((\d)\)/).map {
                "\($0.output.1)(\($0.output.2))"
            })
    }

    @Test func `each page that a page names is there, and each page is named by another`() throws {
        let pages = try manual()
        let ours = Set(
            try pages.files.map { file in
                let dot = try #require(file.lastIndex(of: "."))
                return "\(file[..<dot])(\(file[file.index(after: dot)...]))"
            })
        #expect(ours.isSuperset(of: ["ipam-concepts(7)", "ipam-protocol(7)", "ipamd(8)"]))
        var found: Set<String> = []
        for file in try pages.files {
            let text = try pages.text(of: file)
            let names = named(in: text)
            #expect(names.subtracting(ours).subtracting(Self.systemPages) == [], "\(file)")
            let end = try #require(text.range(of: ".SH SEE ALSO"), "\(file)")
            #expect(!named(in: String(text[end.lowerBound...])).isEmpty, "\(file)")
            found.formUnion(names)
        }
        #expect(ours.subtracting(found) == [])
        #expect(Self.systemPages.subtracting(found) == [], "Nothing points there any more.")
    }

    @Test func `text that roff would take for an instruction stays text`() throws {
        let outcome = try Machine.run(
            "python3", "-B", "-c",
            """
            import sys
            sys.path.insert(0, "systemd/man")
            import generate
            print(generate.roff(".so /etc/passwd"), generate.roff("a\\\\fBb-c"))
            """)
        #expect(outcome.text == "\\&.so /etc/passwd a\\efBb\\-c\n")
    }
}
