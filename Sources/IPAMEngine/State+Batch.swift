import IPAM

extension State {
    /// Requests and releases as one change: a part sees what those before it did.
    ///
    /// Those who wait are looked at once all is done, so space that a part releases is there
    /// for the parts behind it first.
    mutating func decide(
        _ batch: Command.Batch, by caller: Caller, _ change: inout Change
    ) throws(Refusal) -> Answer.Batch {
        try checkCount(batch.parts.count, of: "parts")
        var answers: [Answer.Batch.Part] = []
        for (index, part) in batch.parts.enumerated() {
            do throws(Refusal) {
                try part.check()
                try change.checkSize(max: min(Limits.batchBytesMax, changeBytesMax))
                switch part {
                case .request(let request):
                    answers.append(.allocated(try decide(request, by: caller, &change)))
                case .release(let release):
                    answers.append(.released(try decide(release, by: caller, &change)))
                    // What was held for a claim that has ended is there for the next part.
                    dropStaleHolds(&change)
                }
            } catch {
                throw error.inPart(index)
            }
        }
        return Answer.Batch(parts: answers)
    }
}

extension Command.Batch.Part {
    /// A part neither waits nor is it tried alone.
    fileprivate func check() throws(Refusal) {
        let isFree =
            switch self {
            case .request(let request): request.waitMilliseconds == nil && !request.isDryRun
            case .release(let release): !release.isDryRun
            }
        guard isFree else {
            throw Refusal(
                .malformed, "a part of a batch neither waits nor is it a dry run of its own")
        }
    }
}

extension Refusal {
    fileprivate func inPart(_ index: Int) -> Refusal {
        Refusal(
            code, "part \(index + 1): \(sentence)", faults: faults, names: names,
            part: UInt32(index))
    }
}
