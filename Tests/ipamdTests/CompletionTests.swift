import Foundation
import Testing

@testable import ipamc

/// What a shell offers for a line that is being typed, of a real daemon.
@Suite struct `Completions` {
    /// A daemon with two roots, three allocations with labels, and a namespace of its own.
    private func daemon() throws -> DaemonProcess {
        let daemon = try DaemonProcess()
        let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Samples").path
        for words in [
            "apply -f \(samples)/first-light.yaml", "apply -n lab -f \(samples)/ironcore",
            "request --name web-1 --length 26 --parent public-v4 --label app=web",
            "request --name web-2 --length 26 --parent public-v4 --label app=web",
            "request --name db-1 --length 26 --parent public-v4 --label app=db",
            "request --name team --length 20 --parent public-v4 --as-prefix",
        ] {
            #expect(try daemon.ipamc(words).status == 0, "\(words)")
        }
        return daemon
    }

    /// What ipamc says when a shell asks for the last word of a line. `argument` is how the
    /// shell's script calls what the word is about.
    private func offered(
        _ argument: String, _ line: String, socket: String, environment: [String: String] = [:]
    ) throws -> DaemonProcess.ProgramResult {
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let command = try #require(Ipamc.commandNames.first(where: words.contains))
        let index = words.count - 1
        return try DaemonProcess.run(
            try DaemonProcess.path(of: "ipamc"),
            ["---completion", command, "--", argument, "\(index)", "\(words[index].count)"] + words,
            environment: ["IPAM_SOCKET": socket, "SAP_SHELL": "bash"].merging(environment) { $1 })
    }

    @Test func `offer what the daemon has and what fits what was typed`() throws {
        let daemon = try daemon()
        for (argument, line, expected) in [
            ("positional@0", "ipamc get pre", "prefixes prefixallocations"),
            ("positional@0", "ipamc get al", "allocation allocations alloc"),
            ("positional@0", "ipamc describe ", "prefix prefixallocation"),
            ("positional@0", "ipamc get alloc we", "web-1 web-2"),
            ("positional@0", "ipamc get -n lab prefixes ", "customer-subnet-1 root"),
            ("positional@0", "ipamc get prefixes --namespace=lab r", "root"),
            ("positional@0", "ipamc get 'prefixes' -n \"lab\" r", "root"),
            ("positional@0", "ipamc describe prefix/pub", "prefix/public-v4 prefix/public-v6"),
            ("positional@0", "ipamc delete alloc d", "db-1"),
            ("positional@0", "ipamc delete alloc team", "team.prefix"),
            ("positional@0", "ipamc release ", "db-1 web-1 web-2"),
            ("positional@0", "ipamc release alloc/w", "alloc/web-1 alloc/web-2"),
            ("positional@0", "ipamc release prefix/", ""),
            ("positional@0", "ipamc label alloc web-1 app=", "app=db app=web"),
            ("positional@0", "ipamc label alloc web-1 ap", "app=db app=web app-"),
            ("positional@0", "ipamc tree t", "team"),
            ("positional@0", "ipamc access l", "lab"),
            ("--namespace", "ipamc get -n ", "default lab"),
            ("--parent", "ipamc request --parent te", "team"),
            ("--label", "ipamc request --label app=w", "app=web"),
            ("--selector", "ipamc request --selector ", "tier=public tier"),
            ("--selector", "ipamc get alloc -l app", "app=db app=web app"),
            ("--selector", "ipamc get alloc -l app!=d", "app!=db"),
            ("--selector", "ipamc get alloc -l app=web,!a", "app=web,!app"),
            ("--selector", "ipamc get prefixes -l app", ""),
            ("--selector", "ipamc export --selector t", "tier=public tier"),
            ("--by", "ipamc map --by l", "label=app"),
            ("--name", "ipamc log --name te", "team team.prefix"),
        ] {
            let said = try offered(argument, line, socket: daemon.socketPath)
            #expect(said.status == 0 && said.error == "", "\(line)")
            let words = said.output.split(separator: "\n").joined(separator: " ")
            #expect(words == expected, "\(line)")
        }
    }

    @Test func `ask the daemon and the namespace that the line or the environment names`() throws {
        let daemon = try daemon()
        let named = try offered(
            "positional@0", "ipamc get --socket \(daemon.socketPath) alloc d", socket: "/nowhere")
        #expect(named.output == "db-1\n")
        let before = try offered(
            "positional@0", "ipamc -n lab get prefixes r", socket: daemon.socketPath)
        #expect(before.output == "root\n")
        let inherited = try offered(
            "positional@0", "ipamc get prefixes r", socket: daemon.socketPath,
            environment: ["IPAM_NAMESPACE": "lab"])
        #expect(inherited.output == "root\n")
    }

    @Test func `say nothing where nobody listens, nobody answers, or the daemon refuses`() throws {
        let daemon = try daemon()
        for (line, socket) in [
            ("ipamc get prefixes ", "/nowhere/s"), ("ipamc get prefixes ", daemon.folder),
            ("ipamc get -n nowhere prefixes ", daemon.socketPath),
            ("ipamc get -n No!Name prefixes ", daemon.socketPath),
            ("ipamc get --socket $HERE/s prefixes ", daemon.socketPath),
        ] {
            let said = try offered("positional@0", line, socket: socket)
            #expect(said.status == 0 && said.output.allSatisfy(\.isNewline), "\(line)")
            #expect(said.error == "", "\(line)")
        }
        // It listens, and never says a word; a completion that waits for one ends by force.
        let program = """
            import os, socket, subprocess, sys, tempfile
            with tempfile.TemporaryDirectory() as folder:
                silent = socket.socket(socket.AF_UNIX)
                silent.bind(folder + "/s")
                silent.listen()
                run = subprocess.run(
                    [sys.argv[1], "---completion", "get", "--", "positional@0", "3", "0",
                     "ipamc", "get", "prefixes", ""],
                    env={"IPAM_SOCKET": folder + "/s"}, capture_output=True, timeout=20)
                sys.exit(run.returncode or len((run.stdout + run.stderr).strip()))
            """
        let waited = try DaemonProcess.run(
            "/usr/bin/env", ["python3", "-c", program, try DaemonProcess.path(of: "ipamc")],
            environment: ["PATH": "/usr/bin:/bin"])
        #expect(waited.status == 0, "\(waited.error)")
    }

    @Test func `find a name among many, and do not offer more than anybody reads`() throws {
        let daemon = try daemon()
        let names = (100..<400).map { "many-\($0)" } + ["zebra"]
        let file = daemon.folder + "/names"
        try names.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
        let made = try daemon.ipamc("request -f \(file) --length 32 --parent public-v4")
        #expect(made.status == 0)
        let all = try offered("positional@0", "ipamc get alloc many", socket: daemon.socketPath)
        #expect(all.output.split(separator: "\n").count == LiveWords.namesMax)
        for (typed, expected) in [
            ("z", ["zebra"]), ("zebra", ["zebra"]), ("many-39", Array(names[290..<300])),
        ] {
            let said = try offered(
                "positional@0", "ipamc get alloc \(typed)", socket: daemon.socketPath)
            #expect(said.output.split(separator: "\n").map(String.init) == expected)
        }
    }

    @Test func `offer a name of each kind of beginning, so that no shell types what is not meant`()
        throws
    {
        let daemon = try daemon()
        let names = (100..<400).map { "a-1\($0)" } + (100..<400).map { "a-2\($0)" } + ["a-3"]
        let file = daemon.folder + "/names"
        try names.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
        _ = try daemon.ipamc("request -f \(file) --length 32 --parent public-v4")
        for (typed, behind) in [("", ["a-2100", "db-1"]), ("a", ["a-2100"]), ("a-1", [])] {
            let said = try offered(
                "positional@0", "ipamc get alloc \(typed)", socket: daemon.socketPath)
            let words = said.output.split(separator: "\n").map(String.init)
            #expect(Array(words.prefix(LiveWords.namesMax)) == Array(names.prefix(200)))
            for word in behind { #expect(words.contains(word), "\(typed): \(word)") }
            #expect(words.count <= LiveWords.namesMax + 3)
        }
    }
}
