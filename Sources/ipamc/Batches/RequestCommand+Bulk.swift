internal import Glibc
internal import IPAM
internal import IPAMClient

extension RequestCommand {
    /// Many requests of a file, each for itself; the answers in the order of the lines.
    func runMany(_ file: String) throws {
        guard wait == nil else {
            throw Failure.usage("--wait is for one request: those of a file would wait in turn")
        }
        guard words.name == nil else {
            throw Failure.usage("--name is for one request: a line says its own")
        }
        let read: ManifestFile
        do throws(ManifestFileFault) {
            read = try ManifestFile.readOne(file)
        } catch {
            throw Failure(error)
        }
        let bulk = try BulkFile(read, defaults: words.terms, namespace: options.namespace)
        guard !bulk.lines.isEmpty else { throw Failure.usage("\(bulk.name): there is no request") }
        var writer = try BulkWriter(bulk, options)
        let requests = bulk.lines.map { line in
            var request = line.request
            request.isDryRun = dryRun
            return request
        }
        let progress = Progress("requesting", of: requests.count)
        var run = BulkRequest(requests, options)
        do throws(Failure) {
            try run.run { index, outcome in
                writer.write(index, outcome)
                progress.show(index + 1)
            }
            progress.end()
            writer.flush()
        } catch {
            progress.end()
            writer.flush()
            throw error.lost(bulk, told: run.told)
        }
        if let failure = writer.failure(isDryRun: dryRun) { throw failure }
    }
}

extension Failure {
    /// A conversation that ended before every line had its answer.
    fileprivate func lost(_ bulk: BulkFile, told: Int) -> Failure {
        guard told < bulk.lines.count else { return self }
        let line = bulk.lines[told]
        var failure = self
        failure.line = line.number
        failure.details = [
            "\(told) of \(bulk.lines.count) requests have an answer; the first without one is "
                + "that of line \(line.number), \(line.request.name)"
        ]
        failure.hints += ["lines that have a name can be asked again: the answer is the same"]
        return failure
    }
}

/// Writes what came of each request: its prefix, its name, or a line of JSON; `-` for one that was
/// refused, so that the lines of the answer are those of the file.
struct BulkWriter {
    private static let pieceBytes = 16 << 10
    /// A million sentences help nobody who sits at a terminal.
    private static let refusalsShown = 100

    private let bulk: BulkFile
    private let options: GlobalOptions
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var text = ""
    private var refused: [Refusal] = []

    init(_ bulk: BulkFile, _ options: GlobalOptions) throws(Failure) {
        guard options.output != .yaml else {
            throw .usage("a file of requests is answered line by line: -o json")
        }
        self.bulk = bulk
        self.options = options
    }

    /// What the refused ones come to.
    func failure(isDryRun: Bool) -> Failure? {
        guard let first = refused.first else { return nil }
        let whole = Failure(first)
        let count = "\(refused.count) of \(bulk.lines.count) requests"
        var sentence = "\(count) \(refused.count == 1 ? "was" : "were") refused"
        if options.output != .json, refused.count > Self.refusalsShown {
            sentence += " (the first \(Self.refusalsShown) are shown, -o json shows all)"
        }
        let done = bulk.lines.count - refused.count
        if done > 0 {
            let verb = isDryRun ? "would be" : done == 1 ? "is" : "are"
            sentence += done == 1 ? "; the other \(verb) done" : "; the others \(verb) done"
        }
        return Failure(whole.status, whole.code, sentence)
    }

    mutating func write(_ index: Int, _ outcome: BulkRequest.Outcome) {
        let line = bulk.lines[index]
        if case .failure(let refusal) = outcome { refused.append(refusal) }
        switch options.output {
        case .json: text += json(line, outcome)
        case .table, .wide, .name, .yaml, .svg: text += plain(line, outcome)
        }
        if isTerminal || text.utf8.count > Self.pieceBytes { flush() }
    }

    private func plain(_ line: BulkFile.Line, _ outcome: BulkRequest.Outcome) -> String {
        switch outcome {
        case .success(let answer):
            let resource = answer.value.resource
            let block = resource.placement?.block.description ?? "-"
            return switch options.output {
            case .name: "\(resource.key)\n"
            case .wide: "\(resource.key.name)\t\(block)\n"
            case .table, .json, .yaml, .svg: "\(block)\n"
            }
        case .failure(let refusal):
            if refused.count <= Self.refusalsShown {
                let place = "\(bulk.name) line \(line.number)"
                StandardStreams.writeError(
                    "ipamc: \(refusal.code): \(place): \(refusal.sentence)\n")
            }
            return options.output == .wide ? "\(line.request.name)\t-\n" : "-\n"
        }
    }

    private func json(_ line: BulkFile.Line, _ outcome: BulkRequest.Outcome) -> String {
        do {
            switch outcome {
            case .success(let answer):
                return try StructuredText.jsonLine(
                    Report(
                        code: nil, line: line.number, name: line.request.name,
                        request: RequestReport(answer.value, lsn: answer.lsn), sentence: nil))
            case .failure(let refusal):
                return try StructuredText.jsonLine(
                    Report(
                        code: refusal.code.description, line: line.number,
                        name: line.request.name, request: nil, sentence: refusal.sentence))
            }
        } catch {
            preconditionFailure("Texts and numbers can be written as JSON.")
        }
    }

    mutating func flush() {
        options.write(text)
        text = ""
    }

    private struct Report: Encodable {
        let code: String?
        let line: Int
        let name: String
        let request: RequestReport?
        let sentence: String?
    }
}
