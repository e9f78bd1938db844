internal import CYaml

/// Writes one value as a document of YAML, by libyaml; its pointers stay in here.
final class YAMLWriter {
    /// Has one address for good, because it points to itself.
    private let emitter: UnsafeMutablePointer<yaml_emitter_t>
    private var bytes: [UInt8] = []

    /// With a line break at the end.
    static func text(_ value: DocumentValue) -> String {
        let writer = YAMLWriter()
        writer.emit { yaml_stream_start_event_initialize(&$0, YAML_UTF8_ENCODING) }
        writer.emit { yaml_document_start_event_initialize(&$0, nil, nil, nil, 1) }
        writer.write(value)
        writer.emit { yaml_document_end_event_initialize(&$0, 1) }
        writer.emit { yaml_stream_end_event_initialize(&$0) }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private init() {
        emitter = .allocate(capacity: 1)
        let isReady = yaml_emitter_initialize(emitter) == 1
        precondition(isReady, "There is no memory for an emitter.")
        yaml_emitter_set_encoding(emitter, YAML_UTF8_ENCODING)
        yaml_emitter_set_unicode(emitter, 1)
        // However long: a text that is broken is hard to find again.
        yaml_emitter_set_width(emitter, -1)
        // It is called by the events alone, so while the writer is there.
        let target = Unmanaged.passUnretained(self).toOpaque()
        yaml_emitter_set_output(
            emitter,
            { target, piece, count in
                guard let target else { return 0 }
                let writer = Unmanaged<YAMLWriter>.fromOpaque(target).takeUnretainedValue()
                writer.bytes += UnsafeBufferPointer(start: piece, count: count)
                return 1
            }, target)
    }

    deinit {
        yaml_emitter_delete(emitter)
        emitter.deallocate()
    }

    private func write(_ value: DocumentValue) {
        switch value {
        case .null: scalar("null")
        case .boolean(let isTrue): scalar(isTrue ? "true" : "false")
        case .number(let digits): scalar(digits)
        case .text(let text):
            let isQuoted = PlainScalar.isMoreThanText(text)
            scalar(text, isQuoted ? YAML_SINGLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE)
        case .list(let items):
            emit {
                yaml_sequence_start_event_initialize(&$0, nil, nil, 1, YAML_ANY_SEQUENCE_STYLE)
            }
            for item in items { write(item) }
            emit { yaml_sequence_end_event_initialize(&$0) }
        case .map(let pairs):
            emit {
                yaml_mapping_start_event_initialize(&$0, nil, nil, 1, YAML_ANY_MAPPING_STYLE)
            }
            for pair in pairs.sorted(by: { $0.key < $1.key }) {
                write(.text(pair.key))
                write(pair.value)
            }
            emit { yaml_mapping_end_event_initialize(&$0) }
        }
    }

    private func scalar(_ text: String, _ style: yaml_scalar_style_t = YAML_PLAIN_SCALAR_STYLE) {
        // The zero at the end is none of the text.
        let bytes = text.utf8CString.map { UInt8(bitPattern: $0) }
        emit {
            yaml_scalar_event_initialize(
                &$0, nil, nil, bytes, Int32(bytes.count - 1), 1, 1, style)
        }
    }

    /// Makes an event, which the emitter then owns, and writes it.
    private func emit(_ make: (inout yaml_event_t) -> Int32) {
        var event = yaml_event_t()
        let isWritten = make(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1
        precondition(isWritten, "A value of ours is none that YAML can have.")
    }
}
