import Foundation
import Testing

/// Many objects in and out of the real daemon.
@Suite struct `In bulk` {
    private static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Samples").path

    private func daemon() throws -> DaemonProcess {
        let daemon = try DaemonProcess()
        _ = try daemon.ipamc(
            "apply -f \(Self.samples)/first-light.yaml -f \(Self.samples)/policies.yaml")
        return daemon
    }

    private func write(_ text: String, _ name: String, _ daemon: DaemonProcess) throws -> String {
        let path = "\(daemon.folder)/\(name)"
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    @Test func `requests are answered in the order of their lines`() throws {
        let daemon = try daemon()
        let names = (0..<1000).map { "n-\($0)" }
        var lines = names
        lines[500] += " --length 8"
        let file = try write(lines.joined(separator: "\n"), "many", daemon)
        let words = "request -f \(file) --length 30 --selector tier=public"
        let run = try daemon.ipamc(words)
        #expect(run.status == 1)
        #expect(run.lines.count == 1000)
        #expect(run.lines[500] == "-")
        #expect(run.error.contains("line 501: a /8 is not smaller"))
        #expect(run.error.hasSuffix("1 of 1000 requests was refused; the others are done\n"))
        #expect(Set(run.lines).count == 1000)
        for index in [0, 499, 501, 999] {
            let one = "request --length 30 --selector tier=public --name \(names[index])"
            #expect(try daemon.ipamc(one).output == run.lines[index] + "\n")
        }
        #expect(try daemon.ipamc(words).output == run.output)
        #expect(try daemon.ipamc("check").status == 0)
    }

    @Test(arguments: ["yaml", "jsonl", "csv"])
    func `what one daemon exports, another imports, and it holds the same`(form: String) throws {
        let first = try daemon()
        for words in [
            "request --length 20 --selector tier=public --as-prefix --name net --label a=b",
            "request --length 26 --parent net --name in-net",
            "request --family IPv6 --length 64 --selector tier=public --name six",
            "request --addresses 50 --selector tier=tenant --name t-1",
        ] {
            #expect(try first.ipamc(words).status == 0)
        }
        let export = try first.ipamc("export -A --form \(form)").output
        let second = try DaemonProcess()
        let file = try write(export, "export.\(form)", second)
        let dry = try second.ipamc("import \(file) --dry-run")
        #expect(dry.output == "8 to create, 0 unchanged, 0 in conflict (dry run)\n", "\(dry.error)")
        #expect(try second.ipamc("get prefixes -A -o name").output == "")
        let done = try second.ipamc("import \(file)")
        #expect(done.output == "8 created, 0 unchanged, 0 in conflict\n", "\(done.error)")
        #expect(done.error == "")
        func held(_ daemon: DaemonProcess) throws -> [String] {
            try daemon.ipamc("export -A --form csv").lines
        }
        #expect(try held(second) == held(first))
        if form != "csv" { #expect(try second.ipamc("export -A --form \(form)").output == export) }
        for daemon in [first, second] {
            #expect(
                try daemon.ipamc("import \(file)").output
                    == "0 created, 8 unchanged, 0 in conflict\n")
        }
        #expect(try second.ipamc("check").status == 0)
    }

    @Test func `addresses of CNI's host-local are imported into what contains them`() throws {
        let daemon = try daemon()
        for (name, text) in [
            ("10.0.200.5", "abc\neth0"), ("10.0.200.6", "def\neth0"), ("192.0.9.1", "x"),
            ("lock", ""), ("last_reserved_ip.0", "10.0.200.6"),
        ] {
            _ = try write(text, "cni/podman/\(name)", daemon)
        }
        let folder = "\(daemon.folder)/cni/podman"
        let refused = try daemon.ipamc("import \(folder)")
        #expect(refused.status == 1)
        #expect(
            refused.error.split(separator: "\n")[1]
                == "ipamc: conflict: 192.0.9.1 (prefixallocation/podman-192-0-9-1): "
                + "no Prefix in default contains it; apply one first"
        )
        #expect(try daemon.ipamc("get alloc -o name").output == "")
        let done = try daemon.ipamc("import \(folder) --skip-conflicts")
        #expect(done.output == "2 created, 0 unchanged, 1 in conflict\n")
        #expect(try daemon.ipamc("who 10.0.200.6").output.contains("podman-10-0-200-6"))
        #expect(
            try daemon.ipamc("request --length 32 --prefix 10.0.200.5/32 --parent public-v4").status
                == 64)
        let taken = try daemon.ipamc("request --prefix 10.0.200.5/32 --parent public-v4")
        #expect(taken.error.contains("by podman-10-0-200-5"))
    }

    @Test func `prefixes of NetBox are imported as a tree`() throws {
        let daemon = try daemon()
        let file = try write(
            """
            prefix,status,vrf,description
            172.16.0.0/12,container,,
            172.16.5.0/24,active,,"lab, 2nd floor"
            172.16.0.0/16,active,,
            172.16.5.128/25,active,Blue,

            """, "netbox.csv", daemon)
        let dry = try daemon.ipamc("import \(file) --dry-run -o name")
        #expect(dry.lines.count == 4)
        #expect(
            try daemon.ipamc("import \(file)").output == "4 created, 0 unchanged, 0 in conflict\n")
        let inner = try daemon.ipamc("get prefix net-172-16-5-0-24").lines[1]
        #expect(
            inner.split(separator: " ").dropLast() == [
                "net-172-16-5-0-24", "172.16.5.0/24", "net-172-16-0-0-16", "Allocated",
            ])
        #expect(
            try daemon.ipamc("get prefixes -l vrf=Blue -o name").output
                == "prefix/blue-172-16-5-128-25\n")
    }

    @Test func `an import that nobody can take says so before anybody is asked`() throws {
        let daemon = try daemon()
        #expect(try daemon.ipamc("import /nowhere.csv").status == 64)
        #expect(try daemon.ipamc("import -").error.contains("add --from yaml"))
        let file = try write("address\n10.0.0.1\n", "x.csv", daemon)
        #expect(try daemon.ipamc("import \(file)").error.contains("there is no column prefix"))
    }
}
