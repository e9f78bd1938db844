import Foundation
import IPAM
import Testing

/// `make install` and `make uninstall`.
struct InstallerTests {
    private func install(into folder: Folder) throws {
        let outcome = try Machine.run("systemd/install", Machine.programs, "/usr", folder.path)
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    private func uninstall(from folder: Folder) throws {
        let outcome = try Machine.run("systemd/install", "--remove", "/usr", folder.path)
        #expect(outcome.status == 0, "\(outcome.text)")
    }

    @Test func `everything is where the system looks for it, and a removal leaves nothing`() throws
    {
        let folder = try Folder()
        try install(into: folder)
        let files = try folder.files
        for path in [
            "bin/ipamd", "bin/ipamc", "lib/systemd/system/ipamd.service",
            "lib/systemd/system/ipamd-metrics.service", "lib/systemd/system/ipamd-metrics.timer",
            "lib/systemd/system/ipamd.socket", "lib/sysusers.d/ipamd.conf",
            "lib/systemd/catalog/ipamd.catalog", "share/man/man1/ipamc.1",
            "share/man/man8/ipamd.8", "share/man/man7/ipamd-security.7",
            "share/man/man7/ipam-concepts.7", "share/man/man7/ipam-protocol.7",
            "share/doc/ipamd/registry.json", "share/doc/ipamd/vectors/good-hello.json",
            "share/bash-completion/completions/ipamc", "share/zsh/site-functions/_ipamc",
            "share/fish/vendor_completions.d/ipamc.fish", "share/doc/ipamd/protocol.md",
        ] {
            #expect(files.contains("usr/" + path), "\(path) is missing")
        }
        try uninstall(from: folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func `a removal takes what was installed and nothing else`() throws {
        let folder = try Folder()
        try folder.write("a page of somebody else", to: "usr/share/man/man1/other.1")
        try install(into: folder)
        try folder.write("a unit of the administrator", to: "usr/lib/systemd/system/mine.service")
        try uninstall(from: folder)
        #expect(
            try folder.files == [
                "usr/share/man/man1/other.1", "usr/lib/systemd/system/mine.service",
            ])
    }

    @Test func `what an earlier release had and this one has not goes`() throws {
        let folder = try Folder()
        try install(into: folder)
        let list = "usr/share/ipamd/installed"
        try folder.write("an old page", to: "usr/share/man/man1/ipamc-old.1")
        try folder.write(
            folder.text(of: list) + "f /usr/share/man/man1/ipamc-old.1\n", to: list)
        try install(into: folder)
        #expect(try !folder.files.contains("usr/share/man/man1/ipamc-old.1"))
        try uninstall(from: folder)
        #expect(try folder.files == [])
    }

    @Test func `units and examples name the programs below the prefix`() throws {
        let folder = try Folder()
        let outcome = try Machine.run(
            "systemd/install", Machine.programs, "/usr/local", folder.path)
        #expect(outcome.status == 0, "\(outcome.text)")
        for path in try folder.files where path.hasSuffix(".service") || path.hasSuffix(".conf") {
            let text = try folder.text(of: path)
            #expect(!text.contains("/usr/bin/"), "\(path)")
        }
        let unit = try folder.text(of: "usr/local/lib/systemd/system/ipamd.service")
        #expect(unit.contains("\nExecStart=/usr/local/bin/ipamd\n"))
    }

    @Test func `the client in Python works where it is installed`() throws {
        let folder = try Folder()
        try install(into: folder)
        let outcome = try Machine.run(
            "python3", "-B", folder.path + "/usr/share/doc/ipamd/client_cli.py", "request",
            "--help")
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.text.contains("--selector"))
    }

    @Test func `each shell of this machine reads its completions without a complaint`() throws {
        let folder = try Folder()
        try install(into: folder)
        let files = try folder.files
        #expect(Machine.has("bash"))
        for shell in ["bash", "zsh", "fish"].filter(Machine.has) {
            let scripts = files.filter { $0.contains("/\(shell)") }
            #expect(scripts.count == 2)
            for script in scripts {
                let outcome = try Machine.run(shell, "-n", folder.path + "/" + script)
                #expect(outcome.status == 0, "\(outcome.text)")
            }
        }
    }

    @Test func `the package's changelog begins with this release`() throws {
        let changelog = try Machine.text(of: "systemd/debian/changelog")
        #expect(changelog.hasPrefix("ipamd (\(Release.version)-"))
    }
}
