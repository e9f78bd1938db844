import IPAM
import Testing

@testable import ipamsim

/// A proportionate part of what `ipamsim` does; its commands do the rest.
@Suite struct SimulationTests {
    @Test func `a power cut at any call loses nothing that was acknowledged`() {
        var campaign = CrashCampaign()
        for seed in 1..<4 { campaign.runFixed(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 1000)
    }

    @Test func `random workloads of several clients survive up to three crashes in a row`() {
        var campaign = CrashCampaign()
        for seed in 1..<13 { campaign.runRandom(seed: UInt64(seed)) }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 4000)
    }

    @Test func `short sequences survive every end of every call`() {
        var campaign = SmallCampaign()
        for number in stride(from: 1, to: SmallCampaign.cases.count, by: 83) {
            campaign.run(number, wholeRecoveryPart: 500)
        }
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.crashCount > 3000)
    }

    @Test(arguments: Scenario.all.indices)
    func `an error at any call loses nothing that was acknowledged`(number: Int) {
        var campaign = FailCampaign()
        campaign.run(Scenario.all[number], seed: 1, part: 8)
        #expect(campaign.tally.findings == [])
        #expect(campaign.tally.errorCount > 20)
    }

    @Test func `rot is harmless, made up for or refused, and never believed`() {
        var campaign = RotCampaign()
        for seed in 1..<400 {
            var choices = Choices(seed: UInt64(seed))
            campaign.flip(choices.choose(campaign.bitCount))
        }
        #expect(campaign.tally.findings == [])
        #expect(campaign.bitCount > 8 * 65_536)
        for outcome in [RotCampaign.Outcome.harmless, .repaired, .refused] {
            #expect(campaign.counts[outcome, default: 0] > 0)
        }
    }
}

/// The engine beside the simple model, which `ModelTests` judges.
@Suite struct ModelRunTests {
    @Test(arguments: [1, 5, 15] as [UInt64])
    func `the engine answers and remembers what the simple model expects`(seed: UInt64) {
        var run = ModelRun(seed: seed, every: 1)
        run.run(operations: 3000)
        #expect(run.findings.flatMap(\.report) == [])
        #expect(run.operationCount == 3000)
        #expect(run.tally.doneCount > 500)
    }

    @Test func `the same seed has the same events`() {
        let runs = (0..<2).map { _ in
            var run = ModelRun(seed: 4, every: 1000)
            run.run(operations: 1000)
            return run.digest
        }
        var other = ModelRun(seed: 5, every: 1000)
        other.run(operations: 1000)
        #expect(runs[0] == runs[1])
        #expect(runs[0] != other.digest)
    }

    @Test(arguments: ModelRunTests.found)
    func `what a run has found stays mended`(commands: [Command]) {
        var pair = ModelPair()
        for (index, command) in commands.enumerated() {
            let now = Instant(milliseconds: UInt64(index) + 1)
            let step = ModelStep(action: .command(command, ModelComparison.administrator), now: now)
            #expect(pair.perform(step, isThorough: true) == [], "\(step)")
        }
        let waiting = pair.model.requests.count
        for _ in 0..<waiting {
            let step = ModelStep(action: .withdraw(0), now: Instant(milliseconds: 99))
            #expect(pair.perform(step, isThorough: true) == [], "\(step)")
        }
    }

    /// Each was once answered in another way than the documents say.
    private static let found: [[Command]] = [
        // The same request for what `apply` made, by a length and by a prefix of that length.
        [
            child("p", 30),
            .request(.init(name: "p", prefixLength: 30, parent: "r", asPrefix: true)),
            child("p", nil, "10.0.0.0/30"),
            .request(.init(name: "p", prefix: prefix("10.0.0.0/30"), parent: "r", asPrefix: true)),
        ],
        // A Prefix that comes from nowhere would be a root.
        [
            root("r", "10.0.0.0/24"),
            .request(.init(name: "r", prefix: prefix("10.0.0.0/24"), asPrefix: true)),
            .request(.init(name: "x", prefix: prefix("10.0.0.0/24"), asPrefix: true)),
        ],
        // A request waits for an object of its name that is Pending itself.
        [
            root("r", "10.0.0.0/30"), request("a", 31), request("b", 31), claim("w", 31),
            request("w", 31, wait: true), request("w", 30, wait: true),
            .release(.init(names: ["a"])), .release(.init(names: ["b"])),
        ],
        // Its name becomes that of another request, or of the same one.
        [
            root("r", "10.0.0.0/30"), request("a", 31), request("b", 31),
            request("c", 31, wait: true),
            claim("c", 32), .release(.init(names: ["a"])),
        ],
        [
            root("r", "10.0.0.0/30"), request("a", 31), request("b", 31),
            request("c", 31, wait: true),
            .batch(.init(parts: [.release(.init(names: ["a"])), part("c", 31)])),
        ],
        // A namespace ends with its last object, though somebody waits in it.
        [
            claim("a", 30), request("w", 30, wait: true), .release(.init(names: ["a"])),
            request("b", 30),
        ],
        // The default length of a parent that is Pending itself.
        [
            .apply(
                .init(manifests: [
                    manifest(.prefix, "r", 28, from: "none") { $0.defaultPrefixLength = 30 }
                ])),
            .request(.init(name: "a", parent: "r")),
            .request(.init(name: "a", parent: "r", waitMilliseconds: 9)),
            root("none", "10.0.0.0/24"),
        ],
    ]

    private static func root(_ name: String, _ block: String) -> Command {
        .apply(.init(manifests: [Manifest(key: key(.prefix, name), prefix: block)]))
    }

    private static func child(_ name: String, _ length: Int64?, _ block: String? = nil) -> Command {
        let manifest = Manifest(
            key: key(.prefix, name), ipFamily: "IPv4", prefix: block, prefixLength: length,
            parent: "r")
        return .apply(.init(manifests: [manifest]))
    }

    private static func claim(_ name: String, _ length: Int64) -> Command {
        .apply(.init(manifests: [manifest(.prefixAllocation, name, length, from: "r")]))
    }

    private static func manifest(
        _ kind: ResourceKind, _ name: String, _ length: Int64, from parent: String,
        policy: ((inout Manifest.Policy) -> Void)? = nil
    ) -> Manifest {
        var written = Manifest.Policy()
        policy?(&written)
        return Manifest(
            key: key(kind, name), ipFamily: "IPv4", prefixLength: length, parent: parent,
            policy: policy == nil ? nil : written)
    }

    private static func request(_ name: String, _ length: UInt8, wait: Bool = false) -> Command {
        .request(
            .init(
                name: name, prefixLength: length, parent: "r", waitMilliseconds: wait ? 9 : nil))
    }

    private static func part(_ name: String, _ length: UInt8) -> Command.Batch.Part {
        .request(.init(name: name, prefixLength: length, parent: "r"))
    }

    private static func key(_ kind: ResourceKind, _ name: String) -> ResourceKey {
        ResourceKey(kind: kind, namespace: "default", name: name)
    }

    private static func prefix(_ text: String) -> IPPrefix { ModelWorkload.prefix(text) }
}
