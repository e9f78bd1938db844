internal import IPAM

/// What each parent has to say to a request, and what would come of it.
struct Verdicts {
    let explained: Answer.Explained

    init(_ explained: Answer.Explained) { self.explained = explained }

    /// A row for each parent, and the outcome below.
    func text(isColoured: Bool, width: Int? = nil, hasHeader: Bool = true) -> String {
        guard !explained.candidates.isEmpty else { return outcome + "\n" }
        var table = Table(
            header: ["PARENT", "PREFIX", "VERDICT", "LARGEST-FREE", "WHY"], hasHeader: hasHeader)
        for candidate in explained.candidates {
            table.add([
                Table.Cell(text: candidate.parent),
                Table.Cell(text: candidate.block?.description ?? "<none>"),
                Self.verdict(candidate),
                Table.Cell(text: candidate.largestFree?.description ?? "<none>"),
                Table.Cell(text: candidate.sentence),
            ])
        }
        return table.text(isColoured: isColoured, width: width) + outcome + "\n"
    }

    /// What the request would get here, or in a word why nothing.
    private static func verdict(_ candidate: Answer.Explained.Candidate) -> Table.Cell {
        if let offer = candidate.offer {
            return candidate.isChosen
                ? Table.Cell(text: "chosen: \(offer)", colour: .green)
                : Table.Cell(text: "possible: \(offer)")
        }
        return Table.Cell(text: candidate.reason?.description ?? "<none>", colour: .yellow)
    }

    /// What would come of the request, in one line.
    var outcome: String {
        if let placement = explained.placement {
            let place = placement.parent.map { " in prefix/\($0)" } ?? ""
            return "The request would get \(placement.block)\(place)"
        }
        guard let explanation = explained.explanation else {
            return "The request would get nothing."
        }
        return "The request would get nothing: \(explanation.reason): \(explanation.sentence)"
    }

    func report(lsn: UInt64) -> Report {
        Report(
            candidates: explained.candidates.map(Report.Candidate.init),
            lsn: lsn,
            parent: explained.placement?.parent,
            prefix: explained.placement?.block.description,
            reason: explained.explanation?.reason.description,
            sentence: explained.explanation?.sentence)
    }

    /// The same for machines: `prefix` and `parent` are what the request would get, `reason` and
    /// `sentence` why it would get nothing.
    struct Report: Encodable {
        let candidates: [Candidate]
        let lsn: UInt64
        let parent: String?
        let prefix: String?
        let reason: String?
        let sentence: String?

        struct Candidate: Encodable {
            let chosen: Bool
            let largestFree: String?
            let offer: String?
            let parent: String
            let prefix: String?
            let reason: String?
            let sentence: String

            init(_ candidate: Answer.Explained.Candidate) {
                chosen = candidate.isChosen
                largestFree = candidate.largestFree?.description
                offer = candidate.offer?.description
                parent = candidate.parent
                prefix = candidate.block?.description
                reason = candidate.reason?.description
                sentence = candidate.sentence
            }
        }
    }
}
