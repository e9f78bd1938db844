import Foundation
import Testing

/// Real shells with the scripts that ipamc makes for them, at a terminal.
@Suite struct `At a shell` {
    private static let shells = ["bash", "zsh", "fish"].filter {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
    }

    /// Starts the shell with the script, types a line and a tab, and waits for the rest of the
    /// word; prints all that was seen if it does not come.
    private static let program = """
        import os, pty, select, signal, sys, time
        shell, folder, line, expected = sys.argv[1:]
        start = {
            "bash": ["bash", "--noprofile", "--rcfile", folder + "/rc", "-i"],
            "zsh": ["zsh", "-d", "-i"],
            "fish": ["fish", "--no-config", "--init-command", f"source {folder}/rc", "-i"],
        }[shell]
        process, terminal = pty.fork()
        if process == 0:
            os.execvp(start[0], start)
        end, seen = time.monotonic() + 25, b""

        def wait_for(text):
            global seen
            while text.encode() not in seen:
                if time.monotonic() > end:
                    return False
                if select.select([terminal], [], [], 0.1)[0]:
                    try:
                        seen += os.read(terminal, 65536)
                    except OSError:
                        return False
            return True

        found = wait_for("ready>")
        if found:
            seen = b""
            os.write(terminal, line.encode() + b"\\t")
            found = wait_for(expected)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        if not found:
            sys.exit(f"{shell}: {line!r} became {seen!r}")
        """

    private func rc(_ shell: String, script: String) -> String {
        switch shell {
        case "bash": "source \(script)\nPS1='ready>'\n"
        case "zsh": "autoload -U compinit\ncompinit -D -u\nsource \(script)\nPS1='ready>'\n"
        default: "source \(script)\nfunction fish_prompt\n    echo 'ready>'\nend\n"
        }
    }

    @Test(arguments: shells)
    func `a tab completes what the daemon has`(shell: String) throws {
        let daemon = try DaemonProcess()
        let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Samples").path
        for words in [
            "apply -f \(samples)/first-light.yaml", "apply -n lab -f \(samples)/ironcore",
            "request --name web-1 --length 26 --parent public-v4",
        ] {
            #expect(try daemon.ipamc(words).status == 0, "\(words)")
        }
        let ipamc = try DaemonProcess.path(of: "ipamc")
        let made = try DaemonProcess.run(ipamc, ["--generate-completion-script", shell])
        let script = daemon.folder + "/script"
        try made.output.write(toFile: script, atomically: false, encoding: .utf8)
        for file in ["rc", ".zshrc"] {
            try rc(shell, script: script).write(
                toFile: "\(daemon.folder)/\(file)", atomically: false, encoding: .utf8)
        }
        let programs = URL(fileURLWithPath: ipamc).deletingLastPathComponent().path
        // What stands behind a `=` is bash's alone: the other scripts are the parser's.
        let lines =
            [
                ("ipamc get allocations we", "web-1"), ("ipamc get prefixes -n la", "lab"),
                ("ipamc request --selector tier=pu", "tier=public"),
                ("ipamc get -n lab prefixes cus", "customer-subnet-1"),
                ("ipamc help no_ro", "no_room"),
                ("ipamc -n lab get prefixes cus", "customer-subnet-1"),
                ("ipamc -o json -n lab get prefixes cus", "customer-subnet-1"),
                ("ipamc -n lab describe prefix cus", "customer-subnet-1"),
                ("ipamc -n lab reque", "request"), ("ipamc -n la", "lab"),
                ("ipamc -n lab -o ya", "yaml"),
            ]
            + (shell == "bash"
                ? [
                    ("ipamc request --selector=tier=pu", "tier=public"),
                    ("ipamc --namespace=lab get prefixes cus", "customer-subnet-1"),
                    ("ipamc -o json --namespace=la", "lab"),
                ] : [])
        for (line, expected) in lines {
            let run = try DaemonProcess.run(
                "/usr/bin/env",
                ["python3", "-B", "-c", Self.program, shell, daemon.folder, line, expected],
                environment: [
                    "PATH": "\(programs):/usr/bin:/bin", "IPAM_SOCKET": daemon.socketPath,
                    "TERM": "xterm", "HOME": daemon.folder, "ZDOTDIR": daemon.folder,
                    "LANG": "C.UTF-8",
                ])
            #expect(run.status == 0, "\(run.error)")
        }
    }
}
