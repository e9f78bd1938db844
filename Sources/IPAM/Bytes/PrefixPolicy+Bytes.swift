/// Every field is critical: who does not know it would give out what must not be given out.
///
/// | number | field | |
/// |---|---|---|
/// | 1 | strategy | u8: 2 Lowest, 3 Sparse; absent: BestFit |
/// | 2 | minPrefixLength | u8 |
/// | 3 | maxPrefixLength | u8 |
/// | 4 | defaultPrefixLength | u8 |
/// | 5 | reserved | repeated prefix: the fewest that cover the addresses, in numeric order |
/// | 6 | excluded | likewise |
/// | 7 | excludeNetworkAndBroadcast | flag |
/// | 8 | quota | u128 |
/// | 9 | quotaPerOwner | u128 |
/// | 10 | ownerOnly | flag |
extension PrefixPolicy: FieldCodable {
    package func encode(to writer: inout ByteWriter) {
        writer.field(.critical(1), unlessDefault: strategy, .bestFit)
        writer.field(.critical(2), ifPresent: minLength)
        writer.field(.critical(3), ifPresent: maxLength)
        writer.field(.critical(4), ifPresent: defaultLength)
        writer.fields(.critical(5), reserved.prefixes)
        writer.fields(.critical(6), excluded.prefixes)
        writer.field(.critical(7), flag: excludesNetworkAndBroadcast)
        writer.field(.critical(8), ifPresent: quota)
        writer.field(.critical(9), ifPresent: quotaPerOwner)
        writer.field(.critical(10), flag: isOwnerOnly)
    }

    package init(from fields: inout FieldReader) throws(DecodingFault) {
        self.init()
        var reserved: [IPPrefix] = []
        var excluded: [IPPrefix] = []
        while let field = try fields.next() {
            switch field.number {
            case 1: strategy = try field.value()
            case 2: minLength = try field.integer()
            case 3: maxLength = try field.integer()
            case 4: defaultLength = try field.integer()
            case 5: reserved.append(try field.prefix(isRepeatable: true))
            case 6: excluded.append(try field.prefix(isRepeatable: true))
            case 7: excludesNetworkAndBroadcast = try field.flag()
            case 8: quota = try field.integer()
            case 9: quotaPerOwner = try field.integer()
            case 10: isOwnerOnly = try field.flag()
            default: try field.skip()
            }
        }
        self.reserved = IPPrefixSet(reserved)
        self.excluded = IPPrefixSet(excluded)
        guard self.reserved.prefixes == reserved, self.excluded.prefixes == excluded else {
            throw fields.invalid("ranges are the fewest prefixes, in numeric order", 5)
        }
    }
}
