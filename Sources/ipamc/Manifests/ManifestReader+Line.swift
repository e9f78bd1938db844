internal import IPAM
internal import Yams

extension ManifestReader {
    /// Values in one line; more than any request has.
    private static let nodesPerLineMax = 1000

    /// What one line of JSON says, which is one of YAML as well.
    static func value(ofLine text: String) throws(ManifestFaults) -> DocumentValue {
        func faults(_ sentence: String) -> ManifestFaults {
            let place = ManifestPlace(file: "", document: 1)
            let fault = Fault(path: "line", kind: .invalid, sentence: sentence)
            return ManifestFaults(faults: [
                ManifestFault(code: .malformed, place: place, fault: fault)
            ])
        }
        guard aliasCount(text) == 0 else { throw faults("JSON has no aliases") }
        var nodesLeft = nodesPerLineMax
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let node = try parser.nextRoot() else { throw faults("it is empty") }
            return try DocumentValue(node, nodesLeft: &nodesLeft)
        } catch let error as DocumentValueFault {
            throw faults(error.sentence)
        } catch {
            throw faults("it is no JSON")
        }
    }
}
