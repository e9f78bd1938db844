import IPAM
import IPAMWire
import Testing

private let request = ["request", "--length", "26", "--parent", "root"]

@Suite struct `The exit status of ipamc` {
    @Test func `0 when it is done, with the prefix alone on standard output`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let run = try ipamc(request, socket: daemon.path)
        #expect(run.status == 0)
        #expect(run.output == "10.0.0.0/26\n")
        #expect(run.errors == "")
    }

    @Test func `1 when it is refused, with the code and a sentence`() throws {
        let daemon = try FakeDaemon { while let (_, id) = $0.next() { $0.refuse(.noRoom, id) } }
        defer { daemon.stop() }
        let run = try ipamc(request, socket: daemon.path)
        #expect(run.status == 1)
        #expect(run.output == "")
        #expect(run.errors == "ipamc: no_room: no\n")
        let json = try ipamc(request + ["-o", "json"], socket: daemon.path)
        #expect(json.status == 1)
        #expect(json.errors == "{\n  \"code\" : \"no_room\",\n  \"sentence\" : \"no\"\n}\n")
    }

    @Test(arguments: [
        [], ["get"], ["get", "pods"], ["nonsense"], ["request", "--length", "26"],
        ["request", "--length", "26", "--addresses", "9", "--any-parent"],
        request + ["--prefix", "10.0.0.0/26"],
        ["request", "--length", "26", "--selector", ""], request + ["--any-parent"],
        request + ["--timeout", "5"], request + ["--label", "x"], ["release"],
        ["release", "prefix/root"], ["release", "-l", ""], ["delete", "prefixes"], ["describe"],
        ["apply"], ["apply", "-f", "/nowhere"], ["get", "prefixes", "-o", "xml"],
    ])
    func `64 when the words make no sense, before anybody is asked`(words: [String]) throws {
        let run = try ipamc(words)
        #expect(run.status == (words.isEmpty ? 0 : 64))
        #expect(run.output.isEmpty == !words.isEmpty)
    }

    @Test func `an empty selector is told about the flag that means it`() throws {
        let run = try ipamc(["request", "--length", "26", "--selector", ""])
        #expect(run.errors.contains("--any-parent"))
    }

    @Test func `69 when nobody listens, with the socket that was tried, and why`() throws {
        let run = try ipamc(request)
        #expect(run.status == 69)
        #expect(
            run.errors
                == "ipamc: unreachable: no daemon is reachable at /nowhere/s: "
                + "No such file or directory\n"
                + "ipamc: hint: the folder /nowhere does not exist: no daemon has been started "
                + "there\nipamc: hint: to start a daemon there: ipamd --socket /nowhere/s "
                + "--state DIR\n")
    }

    @Test func `74 when the outcome is unknown, with the command that asks again`() throws {
        let daemon = try FakeDaemon { _ = $0.next() }
        defer { daemon.stop() }
        let run = try ipamc(request + ["--label", "a=it's"], socket: daemon.path)
        #expect(run.status == 74)
        let lines = run.errors.split(separator: "\n")
        #expect(lines.first?.hasPrefix("ipamc: outcome_unknown: ") == true)
        let again = "ipamc: to ask again: ipamc request --length 26 --parent root --label "
        #expect(lines.last?.hasPrefix(again + #"'a=it'\''s' --name alloc-"#) == true, "\(lines)")
        let release = try ipamc(["release", "a"], socket: daemon.path)
        #expect(release.errors.hasSuffix("ipamc release a --ignore-not-found\n"))
    }

    @Test func `75 when certainly nothing changed`() throws {
        let busy = try FakeDaemon { while let (_, id) = $0.next() { $0.refuse(.busy, id) } }
        defer { busy.stop() }
        #expect(try ipamc(request, socket: busy.path).status == 75)
        let silent = try FakeDaemon { $0.waitForClose() }
        defer { silent.stop() }
        #expect(try ipamc(request + ["--timeout", "300ms"], socket: silent.path).status == 75)
    }

    /// A daemon that is upgraded says goodbye, and another one comes.
    @Test func `75 for a goodbye only once the timeout is over`() throws {
        let leaving = try FakeDaemon { $0.greetAndSayGoodbye() }
        defer { leaving.stop() }
        let run = try ipamc(request + ["--timeout", "300ms"], socket: leaving.path)
        #expect(run.status == 75)
        #expect(leaving.connectionCount > 1)
    }

    @Test func `0 if the next daemon serves what the one before did not do`() throws {
        let goodbye: FakeDaemon.Script = { $0.greetAndSayGoodbye() }
        let refusal: FakeDaemon.Script = { connection in
            guard let (_, id) = connection.next() else { return }
            connection.refuse(.shuttingDown, id)
        }
        for leaving in [goodbye, refusal] {
            let daemon = try FakeDaemon(leaving, leaving) { $0.serve() }
            defer { daemon.stop() }
            let run = try ipamc(request, socket: daemon.path)
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.output == "10.0.0.0/26\n")
            #expect(daemon.connectionCount == 3)
        }
    }

    @Test func `74 and not another try, where the one before may have done it`() throws {
        let daemon = try FakeDaemon({ _ = $0.next() }, { $0.serve() })
        defer { daemon.stop() }
        #expect(try ipamc(request, socket: daemon.path).status == 74)
        #expect(daemon.connectionCount == 1)
    }

    @Test func `75 if the daemon says goodbye and none comes after it`() throws {
        let daemon = try FakeDaemon { connection in
            connection.stopDaemon()
            connection.greetAndSayGoodbye()
        }
        let run = try ipamc(request + ["--timeout", "300ms"], socket: daemon.path)
        #expect(run.status == 75)
    }

    @Test func `77 when it is not permitted`() throws {
        let daemon = try FakeDaemon {
            while let (_, id) = $0.next() { $0.refuse(.notPermitted, id) }
        }
        defer { daemon.stop() }
        #expect(try ipamc(request, socket: daemon.path).status == 77)
    }
}

@Suite struct `The words of ipamc` {
    @Test func `global options may stand before the command`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let run = try ipamc(["--socket", daemon.path, "-o", "name"] + request + ["--name", "a"])
        #expect(run.output == "prefixallocation/a\n")
    }

    @Test func `apply says what became of each document`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let manifest = """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata: {name: root}
            spec: {prefix: 10.0.0.0/8}
            """
        let run = try ipamc(["apply", "-f", "-"], socket: daemon.path, input: manifest)
        #expect(run.output == "prefix/root created\n")
    }

    @Test func `a fault that the daemon finds is told with file and document`() throws {
        let daemon = try FakeDaemon { connection in
            guard let (_, id) = connection.next() else { return }
            let fault = Fault(path: "spec", kind: .immutable, sentence: "it was set before")
            let refusal = Refusal(.invalid, "1 fault", faults: [.init(document: 1, fault: fault)])
            connection.write(connection.session.refuse(refusal, lsn: 1, to: id))
        }
        defer { daemon.stop() }
        let manifest = """
            apiVersion: ipam.ironcore.dev/v1alpha1
            kind: Prefix
            metadata: {name: root}
            spec: {prefix: 10.0.0.0/8}
            """
        let input = "\(manifest)\n---\n\(manifest)"
        let run = try ipamc(["apply", "-f", "-"], socket: daemon.path, input: input)
        #expect(run.status == 1)
        #expect(
            run.errors
                == "ipamc: invalid: standard input document 2 (prefix/root): spec: immutable: "
                + "it was set before\n")
    }

    @Test func `the default namespace is empty before it is made, another one unknown`() throws {
        let daemon = try FakeDaemon {
            while let (_, id) = $0.next() { $0.refuse(.unknownNamespace, id) }
        }
        defer { daemon.stop() }
        let run = try ipamc(["get", "prefixes"], socket: daemon.path)
        #expect(run.status == 0)
        #expect(run.errors == "There is nothing in the namespace \"default\".\n")
        #expect(try ipamc(["get", "prefixes", "-n", "web"], socket: daemon.path).status == 1)
        #expect(try ipamc(["get", "prefix/root"], socket: daemon.path).status == 1)
    }

    @Test func `a bad document applies nothing`() throws {
        let daemon = try FakeDaemon { $0.serve() }
        defer { daemon.stop() }
        let run = try ipamc(["apply", "-f", "-"], socket: daemon.path, input: "kind: Pod")
        #expect(run.status == 1)
        #expect(daemon.connectionCount == 0)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completion scripts are made`(shell: String) throws {
        let run = try ipamc(["--generate-completion-script", shell])
        #expect(run.status == 0)
        #expect(run.output.contains("request"))
    }
}
