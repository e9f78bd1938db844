package import IPAM

/// | number | field | |
/// |---|---|---|
/// | 1, critical | part | repeated batch part |
/// | 2, critical | dryRun | flag |
extension Command.Batch: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.fields(.critical(1), parts)
        writer.field(.critical(2), flag: isDryRun)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init(parts: [])
        while let field = try fields.next() {
            switch field.number {
            case 1:
                let part: Part = try field.structure("batch part", isRepeatable: true)
                try field.append(part, to: &parts, max: Limits.itemsPerCommandMax)
            case 2: isDryRun = try field.flag()
            default: try field.skip()
            }
        }
    }
}

/// One of the two. A part that would wait, or would be a dry run for itself, is no part: the
/// batch is decided as one and now.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | request | the body of a request, without wait and dry run |
/// | 2, critical | release | the body of a release, without dry run |
extension Command.Batch.Part: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .request(let request): writer.field(.critical(1), request)
        case .release(let release): writer.field(.critical(2), release)
        }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var request: Command.Request?
        var release: Command.Release?
        while let field = try fields.next() {
            switch field.number {
            case 1: request = try field.structure("request")
            case 2: release = try field.structure("release")
            default: try field.skip()
            }
        }
        switch (request, release) {
        case (let request?, nil):
            guard request.waitMilliseconds == nil, !request.isDryRun else {
                throw fields.invalid("a part has neither waitMilliseconds nor dryRun", 1)
            }
            self = .request(request)
        case (nil, let release?):
            guard !release.isDryRun else { throw fields.invalid("a part has no dryRun", 2) }
            self = .release(release)
        case (nil, nil), (_?, _?):
            throw fields.invalid("a part is a request or a release")
        }
    }
}

/// | number | field | |
/// |---|---|---|
/// | 2 | part | repeated batch result, one for each part in their order |
extension Answer.Batch: FieldCodable {
    package func encode(to writer: inout ByteWriter) { writer.fields(2, parts) }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var parts: [Part] = []
        while let field = try fields.next() {
            switch field.number {
            case 2: parts.append(try field.structure("batch result", isRepeatable: true))
            default: try field.skip()
            }
        }
        self.init(parts: parts)
    }
}

/// One of the two, each with the fields of the answer that the part alone would have, but for
/// field 1, the LSN: that is the batch's.
///
/// | number | field | |
/// |---|---|---|
/// | 1, critical | allocated | allocated |
/// | 2, critical | released | released |
extension Answer.Batch.Part: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .allocated(let allocated): writer.field(.critical(1), allocated)
        case .released(let released): writer.field(.critical(2), released)
        }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var allocated: Answer.Allocated?
        var released: Answer.Released?
        while let field = try fields.next() {
            switch field.number {
            case 1: allocated = try field.structure("allocated")
            case 2: released = try field.structure("released")
            default: try field.skip()
            }
        }
        switch (allocated, released) {
        case (let allocated?, nil): self = .allocated(allocated)
        case (nil, let released?): self = .released(released)
        case (nil, nil), (_?, _?):
            throw fields.invalid("a result is that of a request or of a release")
        }
    }
}
