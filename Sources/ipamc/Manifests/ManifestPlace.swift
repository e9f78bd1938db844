internal import IPAM

/// Where a document was found: what a message about it begins with.
struct ManifestPlace: Hashable {
    let file: String
    /// From 1.
    let document: Int
    /// The position in a `List`, from 1.
    var item: Int?
    /// What the document is about, once that is known.
    var object: String?
}

/// `FILE document 2 item 3 (prefix/root)`.
extension ManifestPlace: CustomStringConvertible {
    var description: String {
        "\(file) document \(document)" + (item.map { " item \($0)" } ?? "")
            + (object.map { " (\($0))" } ?? "")
    }
}

/// One thing that is wrong with one document.
struct ManifestFault: Hashable {
    let code: RefusalCode
    let place: ManifestPlace
    let fault: Fault
}

extension ManifestFault: CustomStringConvertible {
    var description: String { "\(place): \(fault)" }
}

/// Everything that is wrong with what was to be applied; nothing was sent.
struct ManifestFaults: Error {
    let faults: [ManifestFault]
}

/// A document that says what it should, and where it was found.
struct ManifestDocument {
    let manifest: Manifest
    let place: ManifestPlace
    /// The Prefix that owns this allocation, as `get` prints it: that Prefix makes it, nobody
    /// applies it.
    let controller: String?
}
