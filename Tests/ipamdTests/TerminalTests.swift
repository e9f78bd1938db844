import Foundation
import Testing

/// What people see who sit at a terminal, and nobody else.
@Suite struct `At a terminal` {
    /// Runs ipamc with a terminal of 60 columns for its output, its errors, or both, and prints
    /// all that came.
    private static let program = """
        import fcntl, os, pty, struct, subprocess, sys, termios
        streams, words = sys.argv[1], sys.argv[2:]
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        run = subprocess.Popen(
            words, stdin=subprocess.DEVNULL,
            stdout=theirs if "o" in streams else subprocess.DEVNULL,
            stderr=theirs if "e" in streams else subprocess.DEVNULL)
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        run.wait(timeout=20)
        sys.stdout.write(seen.decode().replace("\\r\\n", "\\n"))
        """

    private func seen(_ streams: String, _ words: String, _ daemon: DaemonProcess) throws -> String
    {
        let ipamc = try DaemonProcess.path(of: "ipamc")
        return try DaemonProcess.run(
            "/usr/bin/env",
            ["python3", "-B", "-c", Self.program, streams, ipamc]
                + words.split(separator: " ").map(String.init),
            environment: ["IPAM_SOCKET": daemon.socketPath, "TERM": "xterm", "NO_COLOR": ""]
        ).output
    }

    private func daemon() throws -> DaemonProcess {
        let daemon = try DaemonProcess()
        let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Samples/first-light.yaml").path
        _ = try daemon.ipamc("apply -f \(samples)")
        _ = try daemon.ipamc("request --length 17 --parent public-v4 --name half")
        return daemon
    }

    @Test func `a request that waits says what for, and clears its line`() throws {
        let daemon = try daemon()
        let words = "request --length 17 --parent public-v4 --name other"
        _ = try daemon.ipamc("request --length 30 --parent public-v4 --name in-the-way")
        let seen = try seen("oe", "\(words) --wait 900ms", daemon)
        #expect(seen.hasPrefix("\r"))
        #expect(seen.contains("\rwaiting for a /17 in public-v4: 0s of 900ms\u{1b}[K"), "\(seen)")
        #expect(seen.contains("\r\u{1b}[Kipamc: no_room: "), "\(seen)")
        let piped = try daemon.ipamc("\(words) --wait 900ms")
        #expect(piped.error.hasPrefix("ipamc: no_room: "))
        #expect(try self.seen("o", "\(words) --wait 900ms", daemon) == "")
    }

    @Test func `an apply that waits says for whom, and why`() throws {
        let daemon = try daemon()
        let manifest = """
            {apiVersion: ipam.ironcore.dev/v1alpha1, kind: Prefix, metadata: {name: much},
             spec: {ipFamily: IPv4, prefixLength: 8, parentSelector: {matchLabels: {a: b}}}}
            """
        let path = "\(daemon.folder)/much.yaml"
        try manifest.write(toFile: path, atomically: false, encoding: .utf8)
        let seen = try seen("e", "apply -f \(path) --wait 900ms", daemon)
        #expect(
            seen.contains("\rwaiting for 1: prefix/much, NoSuitableParent:…: 0s of 900ms"),
            "\(seen)")
        #expect(
            seen.contains("\r\u{1b}[Kipamc: pending: 1 of 1 object applied is not Allocated"),
            "\(seen)")
    }

    @Test func `a table is coloured and cut, and elsewhere neither`() throws {
        let daemon = try daemon()
        _ = try daemon.ipamc(
            "request --length 28 --parent public-v4 --name a-name-that-is-rather-long-for-a-table")
        let seen = try seen("o", "get alloc", daemon)
        let rows = seen.split(separator: "\n")
        #expect(rows.count == 3)
        #expect(rows.allSatisfy { $0.hasSuffix("…") })
        #expect(
            rows.allSatisfy { $0.replacing(/\u{1b}\[[0-9]*m/, with: "").count == 60 }, "\(seen)")
        #expect(
            try self.seen("o", "get alloc -o wide", daemon).contains("\u{1b}[32mAllocated\u{1b}[0m")
        )
        #expect(!(try daemon.ipamc("get alloc").output.contains("…")))
        let why = try self.seen("o", "explain --length 8 --any-parent", daemon)
        #expect(why.split(separator: "\n").dropLast().allSatisfy { $0.hasSuffix("…") }, "\(why)")
        #expect(why.contains("\nThe request would get nothing: NoSuitableParent: a /8"), "\(why)")
    }
}
