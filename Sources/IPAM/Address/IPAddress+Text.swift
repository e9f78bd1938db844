/// Why a text is no address.
public struct IPAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    public let text: String
    public let fault: String

    public var description: String { "\(text.quotedForMessage) is no IP address: \(fault)" }
}

extension IPAddress {
    /// Reads an address: IPv4 as four decimal numbers, IPv6 in the forms of RFC 4291 section 2.2.
    ///
    /// A leading zero in an IPv4 number is refused, for some readers take it as octal (RFC 6943
    /// section 3.1.1). A zone (`%eth0`) is refused, for a zone has no meaning beyond its host.
    public init(_ text: String) throws(IPAddressError) {
        guard text.utf8.count <= addressTextBytesMax else {
            throw IPAddressError(
                text: text, fault: "an address has at most \(addressTextBytesMax) characters")
        }
        let bytes = Array(text.utf8)
        let isIPv6 = bytes.contains(UInt8(ascii: ":"))
        do throws(AddressFault) {
            if isIPv6 {
                self.init(number: try parseIPv6(bytes[...]), family: .ipv6)
            } else {
                self.init(number: UInt128(try parseIPv4(bytes[...])), family: .ipv4)
            }
        } catch {
            throw IPAddressError(text: text, fault: error.sentence)
        }
    }
}

/// The length of `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. Checked first, so that what a
/// client sends is not cut into millions of groups to find that there are too many.
private let addressTextBytesMax = 45

/// What is wrong with the text of an address, as the end of a sentence.
private struct AddressFault: Error {
    let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}

private func parseIPv4(_ text: ArraySlice<UInt8>) throws(AddressFault) -> UInt32 {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else {
        throw AddressFault("IPv4 has four numbers separated by dots, IPv6 has colons")
    }
    var number: UInt32 = 0
    for part in parts {
        guard (1...3).contains(part.count), part.allSatisfy(\.isDigit) else {
            throw AddressFault("each of the four numbers has one to three decimal digits")
        }
        guard part.count == 1 || part.first != UInt8(ascii: "0") else {
            throw AddressFault("a leading zero is ambiguous (some readers take it as octal)")
        }
        let value = part.reduce(0) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
        guard value <= 255 else { throw AddressFault("each number is at most 255") }
        number = number << 8 | value
    }
    return number
}

/// The groups before and after `::`, if there is one, with zeros between.
private func parseIPv6(_ text: ArraySlice<UInt8>) throws(AddressFault) -> UInt128 {
    guard !text.contains(UInt8(ascii: "%")) else {
        throw AddressFault("a zone (after %) has no meaning here")
    }
    let colon = UInt8(ascii: ":")
    let gap = text.indices.dropLast().first { text[$0] == colon && text[$0 + 1] == colon }
    guard let gap else {
        let groups = try parseGroups(text, mayEndInIPv4: true)
        guard groups.count == 8 else {
            throw AddressFault("without :: there are eight groups, here are \(groups.count)")
        }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
    let high = try parseGroups(text[..<gap], mayEndInIPv4: false)
    let low = try parseGroups(text[(gap + 2)...], mayEndInIPv4: true)
    guard high.count + low.count <= 7 else {
        throw AddressFault(":: stands for at least one group of zeros, there is no room for it")
    }
    let left = high.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    let right = low.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    return high.isEmpty ? right : left << UInt128(16 * (8 - high.count)) | right
}

/// Groups of one to four hexadecimal digits; the last 32 bits may be written as IPv4.
private func parseGroups(
    _ text: ArraySlice<UInt8>, mayEndInIPv4: Bool
) throws(AddressFault) -> [UInt16] {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
        if mayEndInIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
            let tail = try parseIPv4(part)
            groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
        } else {
            guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit) else {
                throw AddressFault("each group has one to four hexadecimal digits, :: stands once")
            }
            groups.append(part.reduce(0) { $0 << 4 | UInt16($1.hexValue) })
        }
    }
    guard groups.count <= 8 else { throw AddressFault("there are more than eight groups") }
    return groups
}

/// The text form: dotted decimal, or the one form of RFC 5952.
extension IPAddress: CustomStringConvertible {
    public var description: String {
        switch family {
        case .ipv4: dottedDecimal(UInt32(number))
        case .ipv6: ipv6Text
        }
    }

    /// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the
    /// first of equals) as `::`; an IPv4-mapped address ends in dotted decimal (section 5).
    private var ipv6Text: String {
        if number >> 32 == 0xffff {
            return "::ffff:" + dottedDecimal(UInt32(truncatingIfNeeded: number))
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: number >> UInt128(112 - 16 * $0)) }
        let run = longestZeroRun(groups)
        func join(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard run.count >= 2 else { return join(groups[...]) }
        return join(groups[..<run.lowerBound]) + "::" + join(groups[run.upperBound...])
    }
}

private func longestZeroRun(_ groups: [UInt16]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    for index in groups.indices {
        if groups[index] != 0 {
            start = index + 1
        } else if index + 1 - start > best.count {
            best = start..<(index + 1)
        }
    }
    return best
}

private func dottedDecimal(_ number: UInt32) -> String {
    "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
}

extension UInt8 {
    /// Whether this is an ASCII decimal digit.
    package var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isHexDigit: Bool { hexDigit != nil }

    /// The value of a hexadecimal digit that `isHexDigit` has accepted.
    fileprivate var hexValue: UInt8 { hexDigit ?? 0 }

    private var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
