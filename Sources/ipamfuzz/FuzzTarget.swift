/// What is fuzzed. Each takes any bytes: its run ends, or it says what is wrong with this project.
///
/// `.ci/fuzz` lets libFuzzer choose the bytes; the tests replay those that are kept in
/// `Tests/Corpora`, a folder for each.
enum FuzzTarget: String, CaseIterable {
    /// What a client sends: frames, before the hello and after it.
    case request
    /// What a server sends.
    case reply
    /// A state directory, for its journals.
    case journal
    /// A state directory, for its checkpoints.
    case checkpoint
    /// Manifests in YAML.
    case manifests

    func run(_ input: [UInt8]) throws(FuzzFinding) {
        switch self {
        case .request: try RequestRun(input).run()
        case .reply: try ReplyRun(input).run()
        case .journal, .checkpoint: try StoreRun(input).run()
        case .manifests: try ManifestRun.run(input)
        }
    }

    /// How the bytes of an input are put together, for the mutator.
    var form: InputForm {
        switch self {
        case .request, .reply: .chunks(after: 1)
        case .journal, .checkpoint: .chunks(after: 0)
        case .manifests: .lines
        }
    }

    /// The most that a run may allocate at a time: several times what was ever measured, and in
    /// proportion to the input.
    func memoryMax(input count: Int) -> Int {
        switch self {
        case .request, .reply: (256 << 10) + 64 * count
        // Sixteen bytes of a recipe are a block of 4096, which is read and written several times.
        case .journal, .checkpoint: (2 << 20) + 2048 * count
        // A node of YAML is several hundred bytes, for two of the input, and aliases repeat some.
        case .manifests: (2 << 20) + 4096 * count
        }
    }
}

/// What the bytes of an input are.
enum InputForm {
    /// So many bytes that choose how to go about it, and then chunks.
    case chunks(after: Int)
    case lines
}

/// What should not be, as a sentence.
struct FuzzFinding: Error, CustomStringConvertible {
    let description: String

    init(_ sentence: String) { description = sentence }
}

/// Finds that something does not hold.
func require(
    _ holds: Bool, _ sentence: @autoclosure () -> String
) throws(FuzzFinding) {
    guard holds else { throw FuzzFinding(sentence()) }
}
