internal import IPAM

/// One object that is to be imported.
struct ImportRecord {
    /// Where it was found, as messages begin: `line 3`, `10.88.0.5`.
    let place: String
    var manifest: Manifest
    /// The block that it holds; absent where one is to be found for it.
    let block: IPPrefix?
}

/// What an import has read.
struct ImportSource {
    var records: [ImportRecord] = []
    /// What cannot become an object, and why.
    var conflicts: [ImportConflict] = []

    mutating func add(_ place: String, _ manifest: Manifest) {
        do throws(InvalidManifest) {
            let spec = try manifest.validated()
            records.append(ImportRecord(place: place, manifest: manifest, block: spec.prefix))
        } catch {
            let why = error.faults.map(\.description).joined(separator: "; ")
            conflicts.append(
                ImportConflict(place: place, key: manifest.key, sentence: why))
        }
    }
}

/// Why something cannot be imported.
struct ImportConflict: Error, Equatable {
    let place: String
    var key: ResourceKey?
    let sentence: String
}

extension ImportConflict: CustomStringConvertible {
    var description: String { "\(place)\(key.map { " (\($0))" } ?? ""): \(sentence)" }
}

/// Names and labels out of texts that know no rules.
enum ImportText {
    /// Lower-case letters, digits and hyphens, none at the ends: `VRF Blue` is `vrf-blue`.
    static func name(_ text: String) -> String {
        let letters = text.lowercased().unicodeScalars.map { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
                ? Character(scalar) : Character("-")
        }
        let body = String(letters).drop { $0 == "-" }
        let short = body.prefix(Limits.nameBytesMax)
        return String(
            short.prefix(
                upTo: short.lastIndex { $0 != "-" }.map(short.index(after:)) ?? short.startIndex))
    }

    /// What a label's value may be, as near as can be.
    static func labelValue(_ text: String) -> String {
        let letters = text.unicodeScalars.map { scalar in
            let isPlain =
                ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar)
            return isPlain ? Character(scalar) : Character("-")
        }
        var body = String(letters).drop { !$0.isLetter && !$0.isNumber }
            .prefix(Limits.labelPartBytesMax)
        while let last = body.last, !last.isLetter, !last.isNumber { body.removeLast() }
        return String(body)
    }
}
