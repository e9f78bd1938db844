internal import IPAM

/// What came of each line of a batch.
struct BatchResult {
    private let parts: [(line: Int, part: Answer.Batch.Part)]
    private let lsn: UInt64

    init(_ file: BatchFile, _ parts: [Answer.Batch.Part], lsn: UInt64) {
        self.parts = Array(zip(file.lines.map(\.number), parts))
        self.lsn = lsn
    }

    /// A line for each; a release may have ended several allocations, or none.
    func text(isDryRun: Bool) -> String {
        let end = isDryRun ? " (dry run)\n" : "\n"
        return parts.flatMap { Self.lines($0.part) }.map { $0 + end }.joined()
    }

    private static func lines(_ part: Answer.Batch.Part) -> [String] {
        switch part {
        case .allocated(let allocated):
            let word = allocated.isCreated ? "created" : "unchanged"
            let block = allocated.resource.placement.map { " \($0.block)" } ?? ""
            return ["\(allocated.resource.key) \(word)\(block)"]
        case .released(let released):
            return released.items.isEmpty
                ? ["nothing was there to release"] : released.items.map(\.line)
        }
    }

    var names: [String] {
        parts.flatMap { part in
            switch part.part {
            case .allocated(let allocated): [allocated.resource.key.description]
            case .released(let released): released.items.map { "prefixallocation/\($0.name)" }
            }
        }
    }

    var report: Report {
        Report(
            lsn: lsn,
            parts: parts.map { line, part in
                switch part {
                case .allocated(let allocated):
                    Report.Part(
                        line: line, released: nil, request: RequestReport(allocated, lsn: nil))
                case .released(let released):
                    Report.Part(
                        line: line, released: released.items.map(ReleasedReport.init),
                        request: nil)
                }
            })
    }

    struct Report: Encodable {
        let lsn: UInt64
        let parts: [Part]

        /// A request or a release.
        struct Part: Encodable {
            let line: Int
            let released: [ReleasedReport]?
            let request: RequestReport?
        }
    }
}
