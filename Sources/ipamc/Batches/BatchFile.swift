internal import IPAM

/// The lines of a batch: commands as on the command line, one each.
struct BatchFile {
    struct Line {
        /// From 1.
        let number: Int
        let part: Command.Batch.Part
        /// The words that ask for the same again, with the same name; what has been released
        /// is not missed.
        let again: [String]
    }

    private(set) var lines: [Line] = []
    /// As the user named it, or `standard input`.
    let name: String

    var parts: [Command.Batch.Part] { lines.map(\.part) }

    /// Reads all lines; the first that makes no sense is an error that names it.
    ///
    /// `nextName` makes the name of a request that has none.
    init(
        _ file: ManifestFile, namespace: String, nextName: () -> String = AllocationName.random
    ) throws(Failure) {
        name = file.name
        let texts = file.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, text) in texts.enumerated() {
            do throws(Failure) {
                if let line = try Self.line(index + 1, text, namespace, nextName) {
                    lines.append(line)
                }
            } catch {
                throw error.at(line: index + 1, of: name)
            }
            guard lines.count <= Limits.itemsPerCommandMax else {
                let most = Limits.itemsPerCommandMax
                throw Failure(
                    Refusal(.tooLarge, "\(name): a batch has at most \(most) commands"))
            }
        }
    }

    private static func line(
        _ number: Int, _ text: Substring, _ namespace: String, _ nextName: () -> String
    ) throws(Failure) -> Line? {
        let words: [String]
        do throws(ShellWords.Fault) {
            words = try ShellWords(text).words
        } catch {
            throw .usage(error.sentence)
        }
        guard let verb = words.first else { return nil }
        let arguments = words.dropFirst()
        switch verb {
        case "request":
            let (terms, itsNamespace) = try RequestTerms.read(arguments)
            let name = terms.name ?? nextName()
            let request = try terms.command(namespace: itsNamespace ?? namespace, name: name)
            let again = terms.name == nil ? ["--name", name] : []
            return Line(
                number: number, part: .request(request), again: [verb] + again + arguments)
        case "release":
            let (terms, itsNamespace) = try ReleaseTerms.read(arguments)
            let release = try terms.command(namespace: itsNamespace ?? namespace)
            let again = terms.ignoreNotFound ? [] : ["--ignore-not-found"]
            return Line(
                number: number, part: .release(release), again: [verb] + again + arguments)
        default:
            throw .usage(
                "\(verb.quotedForMessage) is no command of a batch; there are request and release")
        }
    }

    /// The refusal of a part, with the line that it stands on.
    func failure(_ refusal: Refusal) -> Failure {
        let failure = Failure(refusal)
        guard let part = refusal.part, lines.indices.contains(Int(part)) else { return failure }
        // The daemon counts parts, the user lines.
        return failure.at(
            line: lines[Int(part)].number, of: name, insteadOf: "part \(part + 1): ")
    }

    /// A shell's words for the same batch, with every name.
    func again(_ options: [String]) -> String {
        let texts = lines.map { Failure.shellWords($0.again) + "\n" }
        return Failure.shellCommand(["batch", "-f", "-"] + options) + " <<'END'\n"
            + texts.joined() + "END"
    }
}

extension Failure {
    /// The same, with the line of the input that it is about.
    func at(line: Int, of file: String, insteadOf start: String = "") -> Failure {
        let rest = sentence.hasPrefix(start) ? String(sentence.dropFirst(start.count)) : sentence
        var failure = Failure(status, code, "\(file) line \(line): \(rest)")
        failure.line = line
        failure.names = names
        failure.hints = hints
        return failure
    }
}
