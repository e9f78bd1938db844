/// Which agents may use a namespace. To the others it does not exist; administrators and observers
/// are not limited by it.
public struct NamespaceAccess: Sendable, Hashable {
    /// The numbers of users, ascending, each once.
    public let users: [UInt32]
    /// The numbers of groups, ascending, each once; a supplementary group counts like the first.
    public let groups: [UInt32]

    /// At most `Limits.accessEntriesMax` of both together, and at least one.
    public init(users: [UInt32] = [], groups: [UInt32] = []) {
        self.users = Set(users).sorted()
        self.groups = Set(groups).sorted()
    }

    package func admits(_ caller: Caller) -> Bool {
        users.contains(caller.uid) || groups.contains(caller.gid)
            || caller.groups.contains { groups.contains($0) }
    }
}

/// Every field is critical: who does not know it would let in whom it must not.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | user | repeated u32, ascending |
/// | 2 | group | repeated u32, ascending |
extension NamespaceAccess: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        for user in users { writer.field(.critical(1), user) }
        for group in groups { writer.field(.critical(2), group) }
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        var users: [UInt32] = []
        var groups: [UInt32] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: try Self.append(field, to: &users)
            case 2: try Self.append(field, to: &groups)
            default: try field.skip()
            }
        }
        guard !users.isEmpty || !groups.isEmpty else {
            throw fields.invalid("access for nobody: name a user or a group")
        }
        self.init(users: users, groups: groups)
    }

    private static func append(
        _ field: Field, to numbers: inout [UInt32]
    ) throws(DecodingFault) {
        let number: UInt32 = try field.integer(isRepeatable: true)
        if let last = numbers.last, number <= last {
            throw field.invalid("\(number) does not come after \(last)")
        }
        try field.append(number, to: &numbers, max: Limits.accessEntriesMax)
    }
}
