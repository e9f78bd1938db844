import Foundation
import Testing

/// The units, as they are installed.
@Suite(.enabled(if: Machine.has("systemd-analyze"), "systemd-analyze is missing"))
struct UnitTests {
    private func exposure(of unit: String) throws -> Machine.Outcome {
        let folder = try Folder()
        try folder.write(unit, to: "ipamd.service")
        // In hundredths of the scale, which goes from 0 to 10.
        return try Machine.run(
            "systemd-analyze", "security", "--offline=true", "--threshold=4", "--no-pager",
            folder.path + "/ipamd.service")
    }

    @Test func `the service is exposed 0_4 at most`() throws {
        let outcome = try exposure(of: Machine.text(of: "systemd/ipamd.service"))
        #expect(outcome.status == 0, "\(outcome.text.suffix(200))")
    }

    @Test func `one protection less is seen`() throws {
        let unit = try Machine.text(of: "systemd/ipamd.service")
        let weaker = unit.replacing("PrivateMounts=yes\n", with: "")
        #expect(weaker != unit)
        #expect(try exposure(of: weaker).status != 0)
    }

    @Test func `systemd has nothing to say about the installed units`() throws {
        let folder = try Folder()
        // Below a prefix of its own, so that the programs are where the units say.
        let installed = try Machine.run("systemd/install", Machine.programs, folder.path)
        #expect(installed.status == 0, "\(installed.text)")
        let units = folder.path + "/lib/systemd/system/ipamd"
        func verify() throws -> Machine.Outcome {
            try Machine.run(
                "systemd-analyze", "verify", "--recursive-errors=yes", "--man=no",
                units + ".socket", units + ".service", units + "-metrics.service",
                units + "-metrics.timer")
        }
        let outcome = try verify()
        #expect(outcome.status == 0, "\(outcome.text)")
        #expect(outcome.text == "")
        try FileManager.default.removeItem(atPath: folder.path + "/bin/ipamd")
        #expect(try verify().status != 0, "a missing program was not seen")
    }
}
