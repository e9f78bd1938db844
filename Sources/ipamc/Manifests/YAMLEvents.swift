internal import CYaml
internal import IPAM

/// A place in a text, from 1; columns are Unicode scalars.
struct YAMLMark {
    let line: Int
    let column: Int
}

/// What stands next in a text of YAML, and where it begins.
struct YAMLEvent {
    enum Kind {
        case scalar(YAMLScalar, anchor: String?)
        case alias(String)
        case listStart(anchor: String?)
        case listEnd
        case mapStart(anchor: String?)
        case mapEnd
        case documentEnd
        case end
    }

    let kind: Kind
    let mark: YAMLMark
}

/// A text, as it is when quotes and escapes are taken away.
struct YAMLScalar {
    let text: String
    /// Quoted, so it is a text whatever it looks like.
    let isQuoted: Bool
    /// What the document says about its type, in full.
    let tag: String?
}

/// The parts of a text of YAML, one after the other. libyaml finds them; what it points to stays
/// in here.
struct YAMLEvents: ~Copyable {
    /// Has one address for good, because it points to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ text: String) {
        // One more byte, for the parser wants an address of an empty text too.
        bytes = .allocate(capacity: text.utf8.count + 1)
        _ = bytes.initialize(from: text.utf8)
        parser = .allocate(capacity: 1)
        let isReady = yaml_parser_initialize(parser) == 1
        precondition(isReady, "There is no memory for a parser.")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, text.utf8.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// After the last document comes the end, as often as one asks.
    mutating func next() throws(DocumentFault) -> YAMLEvent {
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw fault }
            defer { yaml_event_delete(&event) }
            if let kind = YAMLEvent.Kind(event) {
                return YAMLEvent(kind: kind, mark: YAMLMark(event.start_mark))
            }
        }
    }

    /// What the parser found, and where.
    private var fault: DocumentFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "it is too large"
        switch parser.pointee.error {
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
            return DocumentFault(.malformed, problem, at: YAMLMark(parser.pointee.problem_mark))
        case YAML_READER_ERROR:
            return DocumentFault(.malformed, "byte \(parser.pointee.problem_offset): \(problem)")
        default:
            return DocumentFault(.malformed, "cannot be read: \(problem)")
        }
    }
}

extension YAMLMark {
    fileprivate init(_ mark: yaml_mark_t) {
        line = mark.line + 1
        column = mark.column + 1
    }
}

extension YAMLEvent.Kind {
    /// Nothing for what begins a stream or a document: it says nothing.
    fileprivate init?(_ event: yaml_event_t) {
        switch event.type {
        case YAML_STREAM_START_EVENT, YAML_DOCUMENT_START_EVENT:
            return nil
        case YAML_DOCUMENT_END_EVENT:
            self = .documentEnd
        case YAML_ALIAS_EVENT:
            self = .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            // What is escaped may be a zero byte, so the length counts.
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isQuoted = scalar.quoted_implicit != 0
            self = .scalar(
                YAMLScalar(
                    text: String(decoding: bytes, as: UTF8.self), isQuoted: isQuoted,
                    tag: Self.text(scalar.tag)),
                anchor: Self.text(scalar.anchor))
        case YAML_SEQUENCE_START_EVENT:
            self = .listStart(anchor: Self.text(event.data.sequence_start.anchor))
        case YAML_SEQUENCE_END_EVENT:
            self = .listEnd
        case YAML_MAPPING_START_EVENT:
            self = .mapStart(anchor: Self.text(event.data.mapping_start.anchor))
        case YAML_MAPPING_END_EVENT:
            self = .mapEnd
        default:
            self = .end
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }
}
