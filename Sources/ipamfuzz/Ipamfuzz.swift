#if FUZZER
    internal import CFuzzer
    internal import Glibc

    /// `ipamfuzz TARGET [ARGUMENTS OF LIBFUZZER]`, or `ipamfuzz seeds FOLDER` to write the inputs
    /// from which the fuzzers begin, in a folder for each target.
    @main
    enum Ipamfuzz {
        /// What the functions find that libFuzzer calls without a context. It has one thread for
        /// them, hence `nonisolated(unsafe)`; written once, before it begins.
        nonisolated(unsafe) static var target = FuzzTarget.request
        /// The most memory that a run took; `nonisolated(unsafe)` for the same reason.
        nonisolated(unsafe) private static var peakMax = 0

        /// Where the target stands for the processes that libFuzzer starts to merge corpora: it
        /// passes them its own arguments alone.
        private static let variable = "IPAMFUZZ_TARGET"

        static func main() {
            var count = CommandLine.argc
            var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
                CommandLine.unsafeArgv
            let word = count > 1 ? CommandLine.arguments[1] : ""
            if word == "seeds", count == 3 { return writeSeeds(to: CommandLine.arguments[2]) }
            if let target = FuzzTarget(rawValue: word) {
                self.target = target
                setenv(variable, word, 1)
                // The word is taken out from behind the name of the program.
                arguments?[1] = arguments?[0]
                arguments = arguments.map { $0 + 1 }
                count -= 1
            } else if let name = getenv(variable),
                let target = FuzzTarget(rawValue: String(cString: name))
            {
                self.target = target
            } else {
                usage()
            }
            // Everything that is made once is made before memory is counted.
            _ = Workplace.state
            atexit { Ipamfuzz.report() }
            exit(
                LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
                    Ipamfuzz.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                    return 0
                })
        }

        static func run(_ input: [UInt8]) {
            cfuzzer_memory_reset()
            do throws(FuzzFinding) {
                try target.run(input)
                let peak = Int(cfuzzer_memory_peak())
                peakMax = max(peakMax, peak)
                let most = target.memoryMax(input: input.count)
                try require(
                    peak <= most, "\(peak) bytes of memory for \(input.count) of input, not \(most)"
                )
            } catch {
                say("finding: \(error)")
                abort()
            }
        }

        static func report() {
            let tally = Tally.shared
            say(
                "\(target.rawValue): \(tally.pieces) pieces, \(tally.accepted) accepted, at most "
                    + "\(peakMax >> 10) KiB of memory")
        }

        /// Writes the inputs from which the fuzzers begin, in a folder for each target.
        private static func writeSeeds(to folder: String) {
            for target in FuzzTarget.allCases {
                mkdir("\(folder)/\(target.rawValue)", 0o755)
                for (number, seed) in Seeds.seeds(of: target).enumerated() {
                    let path = "\(folder)/\(target.rawValue)/seed-\(number)"
                    guard let file = fopen(path, "w") else {
                        say("cannot write \(path)")
                        exit(74)
                    }
                    fwrite(seed, 1, seed.count, file)
                    fclose(file)
                }
            }
        }

        private static func usage() -> Never {
            let targets = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
            say("usage: ipamfuzz \(targets) [ARGUMENTS OF LIBFUZZER], or ipamfuzz seeds FOLDER")
            exit(64)
        }

        static func say(_ line: String) {
            let bytes = Array((line + "\n").utf8)
            _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
        }
    }

    @c(LLVMFuzzerCustomMutator)
    func mutate(
        _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int, _ seed: UInt32
    ) -> Int {
        var mutator = Mutator(Ipamfuzz.target.form, seed: seed, inner: mutateInside)
        let input = Array(UnsafeBufferPointer(start: bytes, count: count))
        return put(mutator.mutate(input, most: most), into: bytes, most)
    }

    @c(LLVMFuzzerCustomCrossOver)
    func cross(
        _ first: UnsafePointer<UInt8>, _ firstCount: Int, _ second: UnsafePointer<UInt8>,
        _ secondCount: Int, _ out: UnsafeMutablePointer<UInt8>, _ most: Int, _ seed: UInt32
    ) -> Int {
        var mutator = Mutator(Ipamfuzz.target.form, seed: seed, inner: mutateInside)
        let crossed = mutator.cross(
            Array(UnsafeBufferPointer(start: first, count: firstCount)),
            Array(UnsafeBufferPointer(start: second, count: secondCount)), most: most)
        return put(crossed, into: out, most)
    }

    private func mutateInside(_ bytes: [UInt8], _ most: Int) -> [UInt8] {
        guard most > 0 else { return bytes }
        var room = bytes + [UInt8](repeating: 0, count: max(0, most - bytes.count))
        let count = LLVMFuzzerMutate(&room, bytes.count, most)
        return Array(room.prefix(count))
    }

    private func put(
        _ bytes: [UInt8], into place: UnsafeMutablePointer<UInt8>, _ most: Int
    ) -> Int {
        let count = min(bytes.count, most)
        for (index, byte) in bytes.prefix(count).enumerated() { place[index] = byte }
        return count
    }
#endif
