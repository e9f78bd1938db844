internal import ArgumentParser
internal import Glibc
internal import IPAM

/// What there is to import.
enum ImportForm: String, ExpressibleByArgument, CaseIterable {
    case yaml
    case jsonl
    case csv
    case netbox
    case hostLocal = "host-local"

    /// What a path looks like; the columns of a table say later whether it is NetBox's.
    init(_ path: String) throws(Failure) {
        var facts = stat()
        if path != "-" {
            guard stat(path, &facts) == 0 else {
                let why = String(cString: strerror(errno))
                throw Failure(.usage, "input", "\(path.shownSafely): cannot open it: \(why)")
            }
            if facts.st_mode & S_IFMT == S_IFDIR {
                self = .hostLocal
                return
            }
        }
        let forms: [(ending: String, form: ImportForm)] = [
            (".yaml", .yaml), (".yml", .yaml), (".json", .yaml), (".jsonl", .jsonl),
            (".ndjson", .jsonl), (".csv", .csv),
        ]
        guard let form = forms.first(where: { path.lowercased().hasSuffix($0.ending) })?.form else {
            throw .usage(
                (path == "-" ? "standard input" : path.quotedForMessage)
                    + " does not say what it is: add --from yaml, jsonl, csv, netbox or host-local")
        }
        self = form
    }
}

extension ImportSource {
    /// Documents as `apply` takes them.
    init(manifests file: ManifestFile, namespace: String) throws(Failure) {
        try self.init([file], namespace) { $0.description }
    }

    /// A document a line.
    init(lines file: ManifestFile, namespace: String) throws(Failure) {
        let texts = file.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let files = texts.enumerated().compactMap { index, text in
            text.allSatisfy(\.isWhitespace)
                ? nil : ManifestFile(name: "\(file.name) line \(index + 1)", text: String(text))
        }
        try self.init(files, namespace) { $0.file }
    }

    private init(
        _ files: [ManifestFile], _ namespace: String, place: (ManifestPlace) -> String
    ) throws(Failure) {
        let documents: [ManifestDocument]
        do throws(ManifestFaults) {
            documents = try ManifestReader.read(files, namespace: namespace, for: .apply)
        } catch {
            throw Failure(error)
        }
        for document in documents where document.controller == nil {
            var place = document.place
            place.object = nil
            var manifest = document.manifest
            // A version is one of the daemon that printed it.
            manifest.resourceVersion = nil
            add(
                document.place.file.isEmpty ? "" : "\(place.file) document \(place.document)",
                manifest)
        }
    }

    /// The columns that `ipamc export --form csv` writes.
    init(table: CSVText, namespace: String) throws(Failure) {
        for column in ["kind", "name", "prefix"] where !table.header.contains(column) {
            throw table.missing(column)
        }
        for row in table.rows {
            let place = "line \(row.line)"
            guard let kind = table.value(row, "kind").flatMap({ ResourceWords.kind($0) }) else {
                conflicts.append(
                    ImportConflict(
                        place: place, sentence: "the kind is neither Prefix nor PrefixAllocation"))
                continue
            }
            var labels: [String: String] = [:]
            for pair in (table.value(row, "labels") ?? "").split(separator: ",") {
                let parts = pair.split(
                    separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                labels[String(parts[0]).trimmed] = parts.count == 2 ? String(parts[1]).trimmed : ""
            }
            let key = ResourceKey(
                kind: kind, namespace: table.value(row, "namespace") ?? namespace,
                name: table.value(row, "name") ?? "")
            add(
                place,
                Manifest(
                    key: key, labels: Labels(labels), ipFamily: table.value(row, "family"),
                    prefix: table.value(row, "prefix"),
                    prefixLength: table.value(row, "length").flatMap { Int64($0) },
                    parent: table.value(row, "parent")))
        }
    }
}
