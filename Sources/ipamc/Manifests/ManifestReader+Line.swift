internal import IPAM

extension ManifestReader {
    /// What one line of JSON says, which is one of YAML as well.
    static func value(ofLine text: String) throws(ManifestFaults) -> DocumentValue {
        var reader = DocumentReader(text, within: ManifestLimits.line)
        var sentence = "it is empty"
        do throws(DocumentFault) {
            if let value = try reader.next() {
                if try reader.next() == nil { return value }
                sentence = "there is more than one object"
            }
        } catch {
            sentence = error.code == .malformed ? "it is no JSON" : error.sentence
        }
        let place = ManifestPlace(file: "", document: 1)
        let fault = Fault(path: "line", kind: .invalid, sentence: sentence)
        throw ManifestFaults(faults: [ManifestFault(code: .malformed, place: place, fault: fault)])
    }
}
