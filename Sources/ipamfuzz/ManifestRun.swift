// ipamc has no library: it is seen through `@testable`, which builds for release do not allow.
#if DEBUG || FUZZER
    internal import IPAM
    internal import IPAMEngine
    @testable internal import ipamc

    /// A file of manifests that somebody has written: read, sent, decided.
    enum ManifestRun {
        static func run(_ input: [UInt8]) throws(FuzzFinding) {
            Tally.shared.pieces += 1
            // What is no UTF-8 is refused before the reader sees it.
            guard let text = String(validating: input, as: UTF8.self) else { return }
            let file = ManifestFile(name: "fuzz.yaml", text: text)
            // Parsing is most of the time, so each input is read for one purpose.
            if input.reduce(0, ^) & 3 == 0 { return try readToDelete(file) }
            guard let documents = try read(file, for: .apply), !documents.isEmpty else { return }
            Tally.shared.accepted += 1
            let apply = Command.Apply(manifests: documents.map(\.manifest))
            try requireCanonical(apply, from: apply.encoded, "what was read")
            var state = Workplace.state
            _ = try state.proveExecution(of: .apply(apply), by: Workplace.administrator)
        }

        private static func readToDelete(_ file: ManifestFile) throws(FuzzFinding) {
            guard let documents = try read(file, for: .delete) else { return }
            try require(
                documents.allSatisfy { !$0.manifest.key.name.isEmpty },
                "what is to be deleted has a name")
        }

        /// The documents; nothing if they have faults, each of which says where and what.
        private static func read(
            _ file: ManifestFile, for purpose: ManifestReader.Purpose
        ) throws(FuzzFinding) -> [ManifestDocument]? {
            do throws(ManifestFaults) {
                return try ManifestReader.read([file], namespace: "default", for: purpose)
            } catch {
                try require(!error.faults.isEmpty, "what is refused has a fault")
                for fault in error.faults {
                    try require(!fault.fault.sentence.isEmpty, "a fault has a sentence")
                }
                return nil
            }
        }
    }
#else
    /// Nothing can be read here: see above.
    enum ManifestRun {
        static func run(_ input: [UInt8]) throws(FuzzFinding) {}
    }
#endif
