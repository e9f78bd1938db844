package import IPAM

/// A durable fact. There are only two: an object has this value now, or it is gone.
///
/// Everything else that the engine knows (what is free, who waits, which roots there are) follows
/// from the objects. So a change is undone by the inverse event, a checkpoint is the list of
/// all objects, and the newest of several events about a key makes the others superfluous.
package enum Event: Sendable, Hashable {
    case put(Resource)
    case remove(ResourceKey)

    package var key: ResourceKey {
        switch self {
        case .put(let resource): resource.key
        case .remove(let key): key
        }
    }

    /// The object as it is after the event, if it is there then.
    package var resource: Resource? {
        switch self {
        case .put(let resource): resource
        case .remove: nil
        }
    }
}

/// | number | field | |
/// |---|---|---|
/// | 1, critical | put | resource; or |
/// | 2, critical | remove | resource key |
extension Event: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        switch self {
        case .put(let resource): writer.field(.critical(1), resource)
        case .remove(let key): writer.field(.critical(2), key)
        }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var events: [Event] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: events.append(.put(try field.structure("resource")))
            case 2: events.append(.remove(try field.structure("resource key")))
            default: try field.skip()
            }
        }
        guard events.count == 1 else { throw fields.invalid("an event puts or removes") }
        self = events[0]
    }
}
